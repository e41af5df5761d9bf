import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'

const restMs = 300

interface Typed {
  text: string
  /** What was settled when it was typed. */
  over: string
  /** What was told since, and is not settled yet: the router takes its time, and may skip some. */
  told: readonly string[]
}

/** What stands in a field, told once the typing rests. It follows `settled` when that is changed by other hands. */
export function useTypedText(settled: string, settle: (text: string) => void) {
  const [typed, setTyped] = useState<Typed>({ text: settled, over: settled, told: [] })
  if (settled !== typed.over) {
    const place = typed.told.lastIndexOf(settled)
    const text = place < 0 ? settled : typed.text
    setTyped({ text, over: settled, told: place < 0 ? [] : typed.told.slice(place + 1) })
  }
  const settleSoon = useDebouncedCallback((text: string) => {
    // other hands were faster
    if (typed.text !== text) return
    const trimmed = text.trim()
    if (trimmed === (typed.told.at(-1) ?? typed.over)) return
    setTyped({ ...typed, told: [...typed.told, trimmed] })
    settle(trimmed)
  }, restMs)
  return {
    text: typed.text,
    type(text: string) {
      setTyped({ ...typed, text })
      settleSoon(text)
    },
    clear() {
      settleSoon.cancel()
      setTyped({ text: '', over: typed.over, told: [''] })
    },
  }
}
