import { useState } from 'react'

/** What a dialog is opened for. It is kept when the dialog closes, whose words would change while it fades. */
export function useAsked<T>() {
  const [asked, setAsked] = useState<T | null>(null)
  const [opened, setOpened] = useState(false)
  return {
    asked,
    opened,
    ask(what: T) {
      setAsked(what)
      setOpened(true)
    },
    close: () => setOpened(false),
  }
}
