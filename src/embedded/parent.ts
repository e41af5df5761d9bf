/** Tells the `npm start` that started this process, if one did, that it is ready, and where it listens. */
export function announceReady(url?: string): void {
  process.send?.({ type: 'ready', url })
}

const longestStopMs = 10_000

/** Calls `stop` when the `npm start` that started this process has gone without stopping it, as on kill -9. */
export function whenParentEnds(stop: () => void): void {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), longestStopMs).unref()
    stop()
  })
}
