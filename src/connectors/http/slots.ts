import { createQueue } from '../../queue.ts'

/** Bounds how many requests are under way at once; the rest wait in the order they came. */
export function createSlots(count: number) {
  let free = count
  const queue = createQueue(() => free > 0)

  const release = () => {
    free += 1
    queue.admit()
  }

  return {
    /** Resolves to the function that gives the slot back; rejects with the signal's reason. */
    async take(signal: AbortSignal): Promise<() => void> {
      await queue.enter(() => {
        free -= 1
      }, signal)
      return release
    },
  }
}
