import { Button, Group, Stack, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { TokenDelivery } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { SecretOnce } from '../ui/secret-once.tsx'

export interface Connected {
  id: string
  name: string
  syncRunId: string
  token: string | null
  tokenDelivery: TokenDelivery
}

export function ConnectedPanel({ id, syncRunId, token, tokenDelivery }: Connected) {
  const { at } = useHere()
  return (
    <Stack gap="md" maw={760}>
      <Text>The initial sync has started.</Text>
      <SecretOnce what="token" secret={token} delivery={tokenDelivery} />
      <Text size="sm" c="dimmed">
        Give the token to whoever reads this one customer’s data. It reaches this connection and nothing else.
      </Text>
      <Group>
        <Button component={Link} to={at(`runs/${encodeURIComponent(syncRunId)}`)}>
          Watch the initial sync
        </Button>
        <Button component={Link} to={at(`connections/${encodeURIComponent(id)}`)} variant="default">
          To the connection
        </Button>
      </Group>
    </Stack>
  )
}
