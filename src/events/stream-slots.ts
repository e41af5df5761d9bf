import type { Stream } from './stream.ts'

/** So many streams a credential may hold in one process, over whichever transport. */
export interface StreamSlots {
  /** Opens a stream in a slot that is free again when the stream ends, in whatever way. Throws TooManyStreams when none is. */
  hold<T>(credential: string, open: () => Promise<Stream<T>>): Promise<Stream<T>>
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

export function createStreamSlots(limit: number): StreamSlots {
  const held = new Map<string, number>()

  function take(credential: string): () => void {
    const others = held.get(credential) ?? 0
    if (others >= limit) throw new TooManyStreams(limit)
    held.set(credential, others + 1)
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      const left = (held.get(credential) ?? 1) - 1
      if (left > 0) held.set(credential, left)
      else held.delete(credential)
    }
  }

  return {
    held: () => [...held.values()].reduce((sum, one) => sum + one, 0),
    async hold(credential, open) {
      const release = take(credential)
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
