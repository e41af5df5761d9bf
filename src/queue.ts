/** Those who wait for the same thing, in the order they came. */
export interface Queue {
  /** Takes at once where that may be, else when it is let in. Rejects with the signal's reason: then nothing was taken. */
  enter(take: () => void, signal: AbortSignal): Promise<void>
  /** Lets in as many as may be. To be called when one more may. */
  admit(): void
}

export function createQueue(may: () => boolean): Queue {
  const waiting = new Set<() => void>()

  return {
    async enter(take, signal) {
      signal.throwIfAborted()
      if (may()) return take()
      await new Promise<void>((resolve, reject) => {
        const settle = (end: () => void) => {
          waiting.delete(wake)
          signal.removeEventListener('abort', aborted)
          end()
        }
        const wake = () => {
          take()
          settle(resolve)
        }
        const aborted = () => settle(() => reject(signal.reason))
        waiting.add(wake)
        signal.addEventListener('abort', aborted, { once: true })
      })
    },

    admit() {
      for (const wake of waiting) if (may()) wake()
    },
  }
}
