import { confirmationHoldsMs, type DirectDelivery } from './direct-delivery.ts'
import { EventsInterrupted } from './errors.ts'
import type { EventHub } from './hub.ts'
import type { Guard } from './guard.ts'
import { Patience } from './outage.ts'
import type { Watched } from './wakeup.ts'

/** What one look found above the reader's cursor. */
export interface Batch<T> {
  items: readonly T[]
  /** There may be more to read at once. */
  more: boolean
  /** Nothing follows these, ever. */
  last: boolean
}

export interface StreamOptions<T> {
  hub: EventHub
  watched: Watched
  /** Reads above the cursor that it keeps, and moves it when it has succeeded. `signalled`: what Wakeup.arm() says. */
  read: (signalled: ReadonlySet<string> | null) => Promise<Batch<T>>
  /** Nothing that was read before it refuses is delivered. */
  guard: Guard
  /** Takes what is new while the reader, at the end of what there is, sleeps; it moves the same cursor. */
  direct?: DirectDelivery | null
  /** Shared with whoever makes the message of an item. */
  patience?: Patience | undefined
}

export type Stream<T> = AsyncIterableIterator<T, undefined, undefined>

const nothing: Batch<never> = { items: [], more: false, last: false }

/** Rows held by a reader at a time. */
export const batchSize = 500

/**
 * Registers at the first next(), reads the next batch only when the last was taken, and frees everything on return(), also while it waits. The
 * confirmation comes after the read: a batch that holds something of after a disconnect is never delivered on an answer from before it.
 */
export function liveStream<T>({
  hub,
  watched,
  read,
  guard,
  direct = null,
  patience = new Patience(),
}: StreamOptions<T>): Stream<T> {
  let returned = false
  let release: (() => void) | undefined
  const isLeft = () => returned

  async function* pump(): AsyncGenerator<T, undefined, undefined> {
    if (returned) return
    const wakeup = hub.wakeup(watched, guard)
    release = () => wakeup.close()
    let more = false
    try {
      for (;;) {
        patience.renew()
        const signalled = wakeup.arm()
        const batch: Batch<T> =
          signalled?.size === 0 && !more ? nothing : await patience.through(() => read(signalled), isLeft)
        more = batch.more
        let confirmedAt = Number.NEGATIVE_INFINITY
        for (const item of batch.items) {
          if (performance.now() - confirmedAt > confirmationHoldsMs) {
            await patience.through(() => guard.confirm(), isLeft)
            confirmedAt = performance.now()
          }
          if (returned) return
          yield item
          patience.renew()
        }
        if (batch.last) return
        if (more) continue
        if (batch.items.length === 0) await patience.through(() => guard.confirm(), isLeft)
        if (!(await wakeup.wait(direct))) {
          if (returned) return
          throw new EventsInterrupted()
        }
      }
    } finally {
      wakeup.close()
    }
  }

  const pumped = pump()
  return {
    next: () => pumped.next(),
    // a generator that waits would answer return() only after its wait
    return() {
      returned = true
      release?.()
      return pumped.return(undefined)
    },
    throw: (error) => pumped.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
