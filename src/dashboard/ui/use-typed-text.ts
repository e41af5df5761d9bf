import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

const restMs = 300

/** What stands in a field, told once the typing rests. It follows `settled` when that is changed by other hands. */
export function useTypedText(settled: string, settle: (text: string) => void) {
  const [typed, setTyped] = useState({ text: settled, over: settled })
  const isOurs = typed.over === settled
  const settleSoon = useDebouncedCallback((text: string) => {
    if (!isOurs) return
    setTyped({ text, over: text.trim() })
    settle(text.trim())
  }, restMs)
  return {
    text: isOurs ? typed.text : settled,
    type(text: string) {
      setTyped({ text, over: settled })
      settleSoon(text)
    },
    clear() {
      settleSoon.cancel()
      setTyped({ text: '', over: '' })
    },
  }
}
