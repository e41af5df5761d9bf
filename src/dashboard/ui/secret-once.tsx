import { Alert, Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { CopyIcon, DoneIcon } from './icons.tsx'

export interface SecretOnceProps {
  /** "token" or "key". */
  what: string
  /** Null: it is not shown, as `delivery` says. */
  secret: string | null
  delivery: 'SHOWN' | 'DELIVERED' | 'FAILED'
}

/** A new token or key, the one time that it can be seen. */
export function SecretOnce({ what, secret, delivery }: SecretOnceProps) {
  if (secret === null)
    return delivery === 'DELIVERED' ? (
      <Alert variant="default" role="status" title={`The ${what} was delivered`}>
        It was written to the secret store that you named, and is shown nowhere.
      </Alert>
    ) : (
      <Alert variant="default" role="alert" title={`The ${what} could not be delivered`}>
        The secret store refused it, so it was revoked. Make a new one, and check the store and the path.
      </Alert>
    )
  return (
    <Stack gap="xs" className="panel" p="md">
      <Text size="sm" fw={600}>
        Copy the {what} now: it is shown this once and stored nowhere.
      </Text>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Text className="code" component="code" flex={1} data-secret>
          {secret}
        </Text>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy} leftSection={copied ? <DoneIcon size={16} /> : <CopyIcon size={16} />}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  )
}
