import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { Logo } from '../layout/logo.tsx'
import { useTitle } from '../ui/use-title.ts'
import { signIn } from './session-requests.ts'

export interface SignInPageProps {
  /** Why it is shown, where that is not plain. */
  notice: string | null
  /** Whether the session is there. */
  onSignedIn: () => Promise<boolean>
}

export function SignInPage({ notice, onSignedIn }: SignInPageProps) {
  useTitle('Sign in')
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    // read from the field and never kept in a state that outlives it
    const key = input.current?.value.trim() ?? ''
    if (key === '') return setFailure('Enter a key.')
    setBusy(true)
    const refused = await signIn(key)
    setFailure(refused)
    if (refused === null && !(await onSignedIn()))
      setFailure(
        'The key is good, but the browser has not kept the cookie of the session. Allow cookies for this page.',
      )
    setBusy(false)
    input.current?.focus()
  }

  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={400} gap="lg">
        <Logo size={30} />
        <Paper className="panel" p="xl" component="form" onSubmit={(event) => void submit(event)} noValidate>
          <Stack gap="md">
            <div>
              <Title order={1}>Sign in</Title>
              <Text c="dimmed" size="sm" mt={4}>
                With the owner key, or an API key of an environment.
              </Text>
            </div>
            {notice !== null && failure === null && (
              <Alert color="indigo" variant="default" role="status">
                {notice}
              </Alert>
            )}
            <PasswordInput
              ref={input}
              label="Key"
              placeholder="syn_prod_…"
              autoComplete="off"
              // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page has this one field and nothing before it to read
              autoFocus
              error={failure}
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key' }}
            />
            <Button type="submit" loading={busy} fullWidth>
              Sign in
            </Button>
          </Stack>
        </Paper>
        <Text size="xs" c="dimmed">
          After <span className="code">npm start</span> the owner key is in{' '}
          <span className="code">.syncline/owner-key</span>. It is exchanged for a session cookie that no script can
          read.
        </Text>
      </Stack>
    </Center>
  )
}
