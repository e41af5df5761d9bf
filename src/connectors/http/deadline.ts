/** Does work under a signal that follows the given one, and is aborted with what `late` makes when time is up. */
export async function withDeadline<T>(
  { signal, ms, late }: { signal: AbortSignal; ms: number; late: () => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  // not AbortSignal.any and timeout: of thousands of requests each would stay with the long-lived signal, or until its time is up
  const controller = new AbortController()
  const follow = () => controller.abort(signal.reason)
  signal.addEventListener('abort', follow, { once: true })
  const timer = setTimeout(() => controller.abort(late()), ms)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', follow)
  }
}
