import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import type { Failure } from '../api/use-operation.ts'
import { nothingHasFocus } from '../ui/keep-focus.ts'
import { tellFailed } from '../ui/notify.ts'
import { useDialog } from './dialog.tsx'
import { Refusal } from './refusal.tsx'
import { useFailure } from './use-failure.ts'
import { useShown } from './use-shown.ts'

export interface DialogFormProps {
  /** Null: done, and the dialog closes. Else why not. */
  onSubmit: () => Promise<Failure | null>
  /** What keeps it from being sent as it is filled in. */
  held?: Failure | null
  /** The verb, on the button. */
  action: string
  danger?: boolean
  disabled?: boolean
  /** On the button that closes the dialog. */
  leave?: string
  children: (failure: Failure | null) => ReactNode
}

/** The form of a dialog: it is sent once, and a refusal is told in it. */
export function DialogForm({
  onSubmit,
  held = null,
  action,
  danger = false,
  disabled = false,
  leave = 'Keep it as it is',
  children,
}: DialogFormProps) {
  const { waiting, setWaiting, close } = useDialog()
  const { failure, setFailure, holds } = useFailure(held)
  const isShown = useShown()
  const button = useRef<HTMLButtonElement>(null)

  // a button that waits is disabled, and loses the focus by that
  useEffect(() => {
    if (failure && nothingHasFocus()) button.current?.focus()
  }, [failure])

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (disabled || waiting || holds()) return
    setWaiting(true)
    const refused = await onSubmit()
    setWaiting(false)
    setFailure(refused)
    if (refused === null) return close()
    // Back leads away from a dialog that waits
    if (!isShown()) tellFailed(refused.message)
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        {children(failure)}
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={waiting}>
            {leave}
          </Button>
          <Button ref={button} type="submit" color={danger ? 'red.9' : undefined} loading={waiting} disabled={disabled}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
