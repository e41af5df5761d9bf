/**
 * Takes a step once for all who ask at the same time. Who asks while it is under way gets the next one: what it looks for may have come since the step
 * began. There is never more than one under way and one waiting.
 */
export function oneAtATime(step: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> | undefined
  let isWaiting = false

  async function after(former: Promise<void> | undefined) {
    await former?.catch(() => {}) // it has told those who asked for it
    isWaiting = false
    await step()
  }

  return () => {
    if (last && isWaiting) return last
    isWaiting = true
    last = after(last)
    return last
  }
}
