import { Modal } from '@mantine/core'
import { createContext, type ReactNode, type RefObject, useContext, useEffect, useMemo, useState } from 'react'
import { keepFocus, nothingHasFocus } from '../ui/keep-focus.ts'
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
  /** Takes the focus afterwards where what opened the dialog is gone, as an entry of a menu is; else the page does. */
  returnTo?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** Stays while its form waits for an answer: closed, nobody would be told what came of it. */
export function Dialog({ opened, onClose, title, size, returnTo, children }: DialogProps) {
  const [waiting, setWaiting] = useState(false)
  useStay(waiting)
  useEffect(() => {
    if (!opened) return undefined
    const opener = nothingHasFocus() ? null : document.activeElement
    return () => keepFocus(opener, returnTo)
  }, [opened, returnTo])
  const dialog = useMemo<OpenDialog>(() => ({ waiting, setWaiting, close: onClose }), [waiting, onClose])
  return (
    <Modal
      opened={opened}
      onClose={() => !waiting && onClose()}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': 'Close', disabled: waiting }}
    >
      <DialogContext value={dialog}>{children}</DialogContext>
    </Modal>
  )
}

export function useDialog(): OpenDialog {
  const dialog = useContext(DialogContext)
  if (!dialog) throw new Error('useDialog is used outside Dialog.')
  return dialog
}
