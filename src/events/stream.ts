import type { StoredEvent } from '../store/event-read.ts'
import type { EventHub } from './hub.ts'
import { EventsInterrupted } from './errors.ts'
import type { Watched } from './wakeup.ts'

/** What one look at the store found above the reader's cursor. */
export interface Batch {
  events: StoredEvent[]
  /** There may be more to read at once. */
  more: boolean
  /** Nothing follows these events, ever. */
  last: boolean
}

export interface StreamOptions {
  hub: EventHub
  watched: Watched
  /** Reads above the cursor that it keeps, and moves it. `signalled`: what Wakeup.arm() says. */
  read: (signalled: ReadonlySet<string> | null) => Promise<Batch>
  /** Throws when the reader may no longer be served: nothing that was read before it throws is delivered. */
  confirm: () => Promise<void>
}

export type EventStream = AsyncIterableIterator<StoredEvent, undefined, undefined>

const nothing: Batch = { events: [], more: false, last: false }

/** Rows held by a reader at a time. */
export const batchSize = 500
/** A batch that its consumer takes slowly is not delivered on an old confirmation. */
const confirmationHoldsMs = 500

/**
 * Registers with the hub at the first next(), holds one batch at the most, and frees everything on return(), also while it waits. The
 * confirmation comes after the read: a batch that holds events of after a disconnect is never delivered on an answer from before it.
 */
export function eventStream({ hub, watched, read, confirm }: StreamOptions): EventStream {
  let returned = false
  let release: (() => void) | undefined

  async function* pump(): AsyncGenerator<StoredEvent, undefined, undefined> {
    if (returned) return
    const wakeup = hub.wakeup(watched)
    release = () => wakeup.close()
    let more = false
    try {
      for (;;) {
        const signalled = wakeup.arm()
        const batch: Batch = signalled?.size === 0 && !more ? nothing : await read(signalled)
        more = batch.more
        let confirmedAt = Number.NEGATIVE_INFINITY
        for (const event of batch.events) {
          if (performance.now() - confirmedAt > confirmationHoldsMs) {
            await confirm()
            confirmedAt = performance.now()
          }
          if (returned) return
          yield event
        }
        if (batch.last) return
        if (more) continue
        if (batch.events.length === 0) await confirm()
        if (!(await wakeup.wait())) {
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
