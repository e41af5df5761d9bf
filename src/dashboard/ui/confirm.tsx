import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'

export interface ConfirmProps {
  opened: boolean
  onClose: () => void
  title: string
  /** The verb, on the button. */
  action: string
  danger?: boolean
  /** What has to be typed first. */
  typed?: string
  /** Null: done. Else why not. */
  onConfirm: () => Promise<string | null>
  /** What will happen. */
  children: ReactNode
}

/** Says what will happen before it does; a refusal is told in the dialog, which stays. */
export function Confirm({ opened, onClose, title, ...content }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Content onClose={onClose} {...content} />
    </Modal>
  )
}

type ContentProps = Omit<ConfirmProps, 'opened' | 'title'>

function Content({ onClose, action, danger = false, typed, onConfirm, children }: ContentProps) {
  const [given, setGiven] = useState('')
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const ready = typed === undefined || given.trim() === typed

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (!ready) return
    setBusy(true)
    const refused = await onConfirm()
    setBusy(false)
    setFailure(refused)
    if (refused === null) onClose()
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        <div>{children}</div>
        {typed !== undefined && (
          <TextInput
            label={
              <>
                Type <b>{typed}</b> to confirm
              </>
            }
            value={given}
            onChange={(event) => setGiven(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {failure !== null && (
          <Alert variant="default" role="alert" title="That did not work">
            {failure}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it as it is
          </Button>
          <Button type="submit" color={danger ? 'red.9' : undefined} loading={busy} disabled={!ready}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
