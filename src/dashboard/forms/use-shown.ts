import { useEffect, useRef } from 'react'

/** Whether the form is still there when an answer comes: whoever has left is told otherwise. */
export function useShown(): () => boolean {
  const shown = useRef(false)
  useEffect(() => {
    shown.current = true
    return () => {
      shown.current = false
    }
  }, [])
  return () => shown.current
}
