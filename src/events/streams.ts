import type pg from 'pg'
import { eventExtent, type StoredEvent } from '../store/event-read.ts'
import { environmentReader } from './environment-stream.ts'
import { refuseExpired, refuseExpiredOfRun, unexpiredEvents } from './expiry.ts'
import type { EventHub } from './hub.ts'
import { runReader } from './run-stream.ts'
import { type Batch, batchSize, liveStream, type Stream } from './stream.ts'
import type { Watched } from './wakeup.ts'

/**
 * The streams that subscriptions to events are made of. Each replays from the store until it stands where the connection's tail begins, and from there
 * takes what this process has read for all. Each throws EventsExpired when `after` is no longer kept.
 */
export interface EventStreams {
  /** after null: the newest event of the run and of each of its entities first. Ends with the run. */
  ofRun(run: { id: string; connectionId: string }, after: bigint | null, confirm: Confirm): Promise<EventStream>
  /** after null: live only. */
  ofConnection(connectionId: string, after: bigint | null, confirm: Confirm): Promise<EventStream>
  /** Live only. */
  ofEnvironment(environmentId: string, confirm: Confirm): Promise<EventStream>
}

export type EventStream = Stream<StoredEvent>
export type Confirm = () => Promise<void>

export function createEventStreams({ pool, hub }: { pool: pg.Pool; hub: EventHub }): EventStreams {
  const wakeup = (kind: Watched['kind'], id: string) => () => hub.wakeup({ kind, id })
  return {
    async ofRun(run, after, confirm) {
      if (after !== null) await refuseExpiredOfRun(pool, run, after)
      const read = runReader({ pool, hub }, run, after)
      return liveStream({ wakeup: wakeup('connection', run.connectionId), read, confirm })
    },

    async ofConnection(connectionId, after, confirm) {
      if (after !== null) await refuseExpired(pool, connectionId, after)
      let cursor = after ?? (await eventExtent(pool, connectionId)).last
      async function read(): Promise<Batch<StoredEvent>> {
        const tail = await hub.tail(connectionId)
        const held = tail.after(cursor)
        const items = held ?? (await unexpiredEvents(pool, connectionId, cursor, batchSize))
        cursor = items.at(-1)?.sequence ?? cursor
        return { items, more: held === null && items.length === batchSize, last: false }
      }
      return liveStream({ wakeup: wakeup('connection', connectionId), read, confirm })
    },

    async ofEnvironment(environmentId, confirm) {
      const read = await environmentReader({ pool, hub }, environmentId)
      return liveStream({ wakeup: wakeup('environment', environmentId), read, confirm })
    },
  }
}
