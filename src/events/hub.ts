import type pg from 'pg'
import { listenForEvents } from '../store/event-listen.ts'
import { type Newest, newestOfWatched } from '../store/event-read.ts'
import { Signals, type Wakeup, type Watched } from './wakeup.ts'

/**
 * Wakes the readers of one API process. It carries no events: a reader that is woken asks the store for what stands above its own
 * cursor, so a wake-up too many costs a query and a lost one costs a moment.
 */
export interface EventHub {
  /** Close it when done. */
  wakeup(watched: Watched): Wakeup
  /** Called whenever it is time to confirm credentials: when one has ended, and at every poll. Answers how to stop it. */
  onConfirm(confirm: () => void): () => void
  close(): Promise<void>
}

export interface HubOptions {
  url: string
  pool: pg.Pool
  onError: (error: Error) => void
  /** How long a reader may sleep without a signal. Below a second: within that time a stream notices that its credential is gone. */
  pollMs?: number
}

/** One statement a poll looks for all readers whether something was written that nobody announced; each is woken to confirm its credential. */
export function createEventHub({ url, pool, onError, pollMs = 800 }: HubOptions): EventHub {
  const waiting = new Set<Signals>()
  const confirming = new Set<() => void>()
  let known = new Map<string, bigint>()
  let polling = false

  function signalAll() {
    for (const signals of waiting) signals.signal(null)
  }

  function signalEach(connectionIds: string[]) {
    for (const signals of waiting) {
      for (const connectionId of connectionIds) if (signals.watches({ connectionId })) signals.signal(connectionId)
    }
  }

  function confirmAll() {
    for (const signals of waiting) signals.tick()
    for (const confirm of confirming) confirm()
  }

  async function poll() {
    // confirmed in any case, also while an answer is long in coming
    confirmAll()
    if (polling || waiting.size === 0) return
    polling = true
    try {
      const newest = await newestOfWatched(pool, idsOf('connectionId'), idsOf('environmentId'))
      for (const moved of newest.filter(hasMoved)) {
        for (const signals of waiting) if (signals.watches(moved)) signals.signal(moved.connectionId)
      }
      known = new Map(newest.map(({ connectionId, sequence }) => [connectionId, sequence]))
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
      signalAll()
    } finally {
      polling = false
    }
  }

  function idsOf(kind: 'connectionId' | 'environmentId'): string[] {
    return [...new Set([...waiting].flatMap(({ watched }) => (kind in watched ? Object.values(watched) : [])))]
  }

  // one that was not watched at the last poll has moved, as far as anybody knows
  const hasMoved = ({ connectionId, sequence }: Newest) => known.get(connectionId) !== sequence

  const listener = listenForEvents({
    url,
    onConnections: signalEach,
    onCredentials: confirmAll,
    onGap: signalAll,
    onError,
  })
  const timer = setInterval(() => void poll(), pollMs)
  return {
    wakeup(watched) {
      const signals = new Signals(watched, () => waiting.delete(signals))
      waiting.add(signals)
      return signals
    },
    onConfirm(confirm) {
      confirming.add(confirm)
      return () => confirming.delete(confirm)
    },
    async close() {
      clearInterval(timer)
      for (const signals of [...waiting]) signals.close()
      await listener.close()
    },
  }
}
