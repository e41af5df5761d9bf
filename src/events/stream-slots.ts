import type { Stream } from './stream.ts'

export interface StreamSlotLimits {
  /** Over WebSocket and SSE together, in one process. */
  streamsPerCredential: number
  /** How long a stream that can be broken off is safe from newer ones. */
  givesWayAfterMs: number
}

/** So many streams a credential may hold in one process, over whichever transport. */
export interface StreamSlots {
  /**
   * Opens a stream in a slot that is free again when the stream ends, in whatever way. Where none is, the oldest that can be broken off gives way:
   * what is written to a client that vanished without a word is taken by the kernel for a quarter of an hour, so its stream looks like any other.
   * Throws TooManyStreams when none does. `breakOff`: null where only the client can end it.
   */
  hold<T>(credential: string, open: () => Promise<Stream<T>>, breakOff: (() => void) | null): Promise<Stream<T>>
  /** How many all credentials hold. */
  held(): number
}

export class TooManyStreams extends Error {
  constructor(limit: number) {
    super(
      `This credential holds ${limit} streams, the most that one may. End some of them, or follow several connections with environmentEvents.`,
    )
    this.name = 'TooManyStreams'
  }
}

interface Slot {
  since: number
  breakOff: (() => void) | null
}

export function createStreamSlots({ streamsPerCredential: limit, givesWayAfterMs }: StreamSlotLimits): StreamSlots {
  // each credential's from the oldest on
  const held = new Map<string, Set<Slot>>()

  function take(credential: string, breakOff: Slot['breakOff']): () => void {
    const slots = held.get(credential) ?? new Set()
    if (slots.size >= limit) giveWay(slots)
    if (slots.size >= limit) throw new TooManyStreams(limit)
    const slot = { since: performance.now(), breakOff }
    held.set(credential, slots.add(slot))
    return () => {
      slots.delete(slot)
      if (slots.size === 0 && held.get(credential) === slots) held.delete(credential)
    }
  }

  function giveWay(slots: Set<Slot>) {
    const safe = performance.now() - givesWayAfterMs
    const oldest = [...slots].find(({ since, breakOff }) => breakOff && since <= safe)
    if (!oldest) return
    slots.delete(oldest)
    oldest.breakOff?.()
  }

  return {
    held: () => [...held.values()].reduce((sum, { size }) => sum + size, 0),
    async hold(credential, open, breakOff) {
      const release = take(credential, breakOff)
      try {
        return releasing(await open(), release)
      } catch (error) {
        release()
        throw error
      }
    },
  }
}

function releasing<T>(stream: Stream<T>, release: () => void): Stream<T> {
  async function watched(step: ReturnType<Stream<T>['next']>) {
    try {
      const result = await step
      if (result.done) release()
      return result
    } catch (error) {
      release()
      throw error
    }
  }
  return {
    next: () => watched(stream.next()),
    return() {
      release()
      return stream.return?.() ?? Promise.resolve({ done: true, value: undefined })
    },
    throw: (error) => watched(stream.throw?.(error) ?? Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
