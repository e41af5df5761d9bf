import type pg from 'pg'
import { eventExtent, type StoredEvent } from '../store/event-read.ts'
import { environmentReader } from './environment-stream.ts'
import { refuseExpired, refuseExpiredOfRun, unexpiredEvents } from './expiry.ts'
import type { Guard } from './guard.ts'
import type { EventHub } from './hub.ts'
import { runReader } from './run-stream.ts'
import { createStandings } from './standings.ts'
import { type Batch, batchSize, liveStream, type Stream } from './stream.ts'

/**
 * The streams that subscriptions to events are made of. Each replays from the store until it stands where the connection's tail begins, and from there
 * takes what this process has read for all. Each throws EventsExpired when `after` is no longer kept, SequenceUnknown when it never was.
 */
export interface EventStreams {
  /** after null: the newest event of the run and of each of its entities first. Ends with the run. */
  ofRun(run: { id: string; connectionId: string }, after: bigint | null, guard: Guard): Promise<EventStream>
  /** after null: live only. */
  ofConnection(connectionId: string, after: bigint | null, guard: Guard): Promise<EventStream>
  /** Live only. */
  ofEnvironment(environmentId: string, guard: Guard): Promise<EventStream>
}

export type EventStream = Stream<StoredEvent>

export function createEventStreams({ pool, hub }: { pool: pg.Pool; hub: EventHub }): EventStreams {
  const standings = createStandings(pool)
  return {
    async ofRun(run, after, guard) {
      if (after !== null) await refuseExpiredOfRun(pool, run, after)
      const read = runReader({ pool, hub }, run, after)
      return liveStream({ hub, watched: { kind: 'connection', id: run.connectionId }, read, guard })
    },

    async ofConnection(connectionId, after, guard) {
      if (after !== null) await refuseExpired(pool, connectionId, after)
      let cursor = after ?? (await eventExtent(pool, connectionId)).last
      async function read(): Promise<Batch<StoredEvent>> {
        const tail = await hub.tail(connectionId)
        const held = tail.after(cursor)
        const items = held ?? (await unexpiredEvents(pool, connectionId, cursor, batchSize))
        cursor = items.at(-1)?.sequence ?? cursor
        return { items, more: held === null && items.length === batchSize, last: false }
      }
      return liveStream({ hub, watched: { kind: 'connection', id: connectionId }, read, guard })
    },

    async ofEnvironment(environmentId, guard) {
      const read = await environmentReader({ pool, hub, standings }, environmentId)
      return liveStream({ hub, watched: { kind: 'environment', id: environmentId }, read, guard })
    },
  }
}
