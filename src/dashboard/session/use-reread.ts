import { useEffect } from 'react'

const everyMs = 60_000

/** Environments are made elsewhere too, and no event tells it: who is signed in, and to what, is read once a minute while somebody looks. */
export function useReread(read: () => Promise<unknown>, wanted: boolean) {
  useEffect(() => {
    if (!wanted) return undefined
    let readAt = performance.now()
    function readIfOld() {
      if (document.visibilityState === 'hidden' || performance.now() - readAt < everyMs) return
      readAt = performance.now()
      void read()
    }
    const timer = setInterval(readIfOld, everyMs / 4)
    document.addEventListener('visibilitychange', readIfOld)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', readIfOld)
    }
  }, [read, wanted])
}
