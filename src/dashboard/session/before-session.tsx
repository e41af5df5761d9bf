import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core'
import { useEffect } from 'react'

const retryMs = 3_000

export const Starting = () => (
  <Center mih="100vh" component="main" aria-busy>
    <Loader aria-label="Loading" />
  </Center>
)

export function Unreachable({ onRetry }: { onRetry: () => Promise<unknown> }) {
  useEffect(() => {
    let left = false
    let timer: ReturnType<typeof setTimeout> | undefined
    // not while it is being asked: an API that hangs would be asked ever more
    async function retry() {
      await onRetry()
      if (!left) timer = setTimeout(() => void retry(), retryMs)
    }
    timer = setTimeout(() => void retry(), retryMs)
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [onRetry])
  return (
    <Center mih="100vh" p="xl" component="main">
      <Stack gap="sm" maw={420}>
        <Title order={1}>Syncline does not answer</Title>
        <Text c="dimmed">
          The API may be starting, or this computer is offline. This page tries again every few seconds and opens by
          itself.
        </Text>
        <Button variant="default" onClick={() => void onRetry()} w="fit-content">
          Try now
        </Button>
      </Stack>
    </Center>
  )
}
