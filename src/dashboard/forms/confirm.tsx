import { TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Dialog, type DialogProps } from './dialog.tsx'
import { DialogForm } from './dialog-form.tsx'

export interface ConfirmProps extends Omit<DialogProps, 'size'> {
  /** The verb, on the button. */
  action: string
  danger?: boolean
  leave?: string
  /** What has to be typed first. */
  typed?: string
  /** Null: done. Else why not. */
  onConfirm: () => Promise<string | null>
  /** What will happen. */
  children: ReactNode
}

/** Says what will happen before it does; a refusal is told in the dialog, which stays. */
export const Confirm = ({ action, danger, leave, typed, onConfirm, children, ...dialog }: ConfirmProps) => (
  <Dialog {...dialog}>
    <Content {...{ action, danger, leave, typed, onConfirm }}>{children}</Content>
  </Dialog>
)

type ContentProps = Omit<ConfirmProps, keyof DialogProps> & Pick<ConfirmProps, 'children'>

function Content({ typed, onConfirm, children, ...form }: ContentProps) {
  const [given, setGiven] = useState('')

  async function submit() {
    const refused = await onConfirm()
    return refused === null ? null : { code: 'REFUSED', message: refused, path: null }
  }

  return (
    <DialogForm {...form} disabled={typed !== undefined && given.trim() !== typed} onSubmit={submit}>
      {() => (
        <>
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
        </>
      )}
    </DialogForm>
  )
}
