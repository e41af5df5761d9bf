/** Bounds how many requests are under way at once; the rest wait in the order they came. */
export function createSlots(count: number) {
  let free = count
  const waiting = new Set<() => void>()

  const release = () => {
    const [next] = waiting
    if (next) {
      waiting.delete(next)
      next()
    } else free += 1
  }

  return {
    /** Resolves to the function that gives the slot back; rejects with the signal's reason. */
    take(signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted()
      if (free > 0) {
        free -= 1
        return Promise.resolve(release)
      }
      return new Promise((resolve, reject) => {
        const granted = () => {
          signal.removeEventListener('abort', aborted)
          resolve(release)
        }
        const aborted = () => {
          waiting.delete(granted)
          reject(signal.reason)
        }
        waiting.add(granted)
        signal.addEventListener('abort', aborted, { once: true })
      })
    },
  }
}
