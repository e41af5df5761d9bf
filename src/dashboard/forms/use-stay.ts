import { useEffect } from 'react'

/** Has the browser ask before the page is closed or loaded anew. */
export function useStay(needed: boolean) {
  useEffect(() => {
    if (!needed) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    globalThis.addEventListener('beforeunload', ask)
    return () => globalThis.removeEventListener('beforeunload', ask)
  }, [needed])
}
