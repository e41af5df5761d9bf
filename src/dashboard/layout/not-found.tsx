import { Anchor, Center, Stack, Text, Title } from '@mantine/core'
import { Link } from 'react-router'
import { useTitle } from '../ui/use-title.ts'

export function NotFound() {
  useTitle('Not found')
  return (
    <Center mih="60vh" p="xl">
      <Stack gap="xs" maw={420}>
        <Title order={1}>Nothing is here</Title>
        <Text c="dimmed">
          The address is not one of the dashboard, or what it names is of an environment that your key does not reach.
        </Text>
        <Anchor component={Link} to="/">
          To the connections
        </Anchor>
      </Stack>
    </Center>
  )
}
