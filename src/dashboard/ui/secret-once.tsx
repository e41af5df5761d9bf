import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useRef } from 'react'
import { CopyIcon, DoneIcon } from './icons.tsx'

export interface SecretOnceProps {
  what: 'token' | 'key'
  /** Null: it is not shown, as `delivery` says; where it was SHOWN, in an answer that was lost. */
  secret: string | null
  delivery: 'SHOWN' | 'DELIVERED' | 'FAILED'
}

/** A new token or key, the one time that it can be seen. */
export function SecretOnce({ what, secret, delivery }: SecretOnceProps) {
  if (secret !== null) return <Shown what={what} secret={secret} />
  const { role, title, text } = unshown(what)[delivery]
  return (
    <Alert variant="default" role={role} title={title}>
      {text}
    </Alert>
  )
}

const unshown = (what: string) => ({
  SHOWN: {
    role: 'alert',
    title: `The ${what} cannot be shown again`,
    text: 'It was made by the request before, and was in the answer that got lost. Rotate it to get a new one.',
  },
  DELIVERED: {
    role: 'status',
    title: `The ${what} was delivered`,
    text: 'It was written to the secret store that you named, and is shown nowhere.',
  },
  FAILED: {
    role: 'alert',
    title: `The ${what} could not be delivered`,
    text: 'The secret store refused it, so it was revoked. Make a new one, and check the store and the path.',
  },
})

function Shown({ what, secret }: { what: string; secret: string }) {
  const { copy, copied, error } = useClipboard()
  const text = useRef<HTMLElement>(null)
  function copyIt() {
    // for whoever has to copy by hand: a page that came without TLS may not do it
    if (text.current) getSelection()?.selectAllChildren(text.current)
    copy(secret)
  }
  return (
    <Stack gap="xs" className="panel" p="md">
      <Text size="sm" fw={600}>
        Copy the {what} now: it is shown this once and stored nowhere.
      </Text>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Text ref={text} className="code" component="code" flex={1} data-secret>
          {secret}
        </Text>
        <Button size="xs" onClick={copyIt} leftSection={copied ? <DoneIcon size={16} /> : <CopyIcon size={16} />}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </Group>
      <Text size="sm" role="status">
        {copied && `The ${what} is in the clipboard.`}
        {error && 'This browser does not let the page copy. The text is selected: copy it by hand.'}
      </Text>
    </Stack>
  )
}
