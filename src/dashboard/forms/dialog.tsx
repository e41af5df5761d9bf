import { Modal } from '@mantine/core'
import { createContext, type ReactNode, type RefObject, useContext, useMemo, useState } from 'react'
import { useStay } from './use-stay.ts'

interface OpenDialog {
  waiting: boolean
  setWaiting: (waiting: boolean) => void
  close: () => void
}

const DialogContext = createContext<OpenDialog | null>(null)

export interface DialogProps {
  opened: boolean
  onClose: () => void
  title: string
  size?: string
  /** Takes the focus afterwards where what opened the dialog is gone by then, as an entry of a menu is. */
  returnTo?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** Stays while its form waits for an answer: closed, nobody would be told what came of it. */
export function Dialog({ opened, onClose, title, size, returnTo, children }: DialogProps) {
  const [waiting, setWaiting] = useState(false)
  useStay(waiting)
  const dialog = useMemo<OpenDialog>(() => ({ waiting, setWaiting, close: onClose }), [waiting, onClose])
  return (
    <Modal
      opened={opened}
      onClose={() => !waiting && onClose()}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': 'Close', disabled: waiting }}
      onExitTransitionEnd={() => nothingHasFocus() && returnTo?.current?.focus()}
    >
      <DialogContext value={dialog}>{children}</DialogContext>
    </Modal>
  )
}

export const nothingHasFocus = () => document.activeElement === null || document.activeElement === document.body

export function useDialog(): OpenDialog {
  const dialog = useContext(DialogContext)
  if (!dialog) throw new Error('useDialog is used outside Dialog.')
  return dialog
}
