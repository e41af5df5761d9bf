import type pg from 'pg'
import { eventExtent, type StoredEvent } from '../store/event-read.ts'
import { DirectDelivery, type Outlet, type Place } from './direct-delivery.ts'
import { environmentReader } from './environment-stream.ts'
import { refuseExpired, refuseExpiredOfRun, unexpiredEvents } from './expiry.ts'
import type { Guard } from './guard.ts'
import type { EventHub } from './hub.ts'
import type { Patience } from './outage.ts'
import { runReader } from './run-stream.ts'
import { createStandings } from './standings.ts'
import { type Batch, batchSize, liveStream, type Stream } from './stream.ts'

/**
 * The streams that subscriptions to events are made of. Each replays from the store until it stands where the connection's tail begins, and from there
 * takes what this process has read for all. Live events come through the outlet, where one is given, and not through the stream. Each throws
 * EventsExpired when `after` is no longer kept, SequenceUnknown when it never was.
 */
export interface EventStreams {
  /** after null: the newest event of the run and of each of its entities first. Ends with the run. */
  ofRun(
    run: { id: string; connectionId: string },
    after: bigint | null,
    guard: Guard,
    outlet?: Outlet | null,
    patience?: Patience,
  ): Promise<EventStream>
  /** after null: live only. */
  ofConnection(
    connectionId: string,
    after: bigint | null,
    guard: Guard,
    outlet?: Outlet | null,
    patience?: Patience,
  ): Promise<EventStream>
  /** Live only. */
  ofEnvironment(environmentId: string, guard: Guard, patience?: Patience): Promise<EventStream>
}

export type EventStream = Stream<StoredEvent>

export function createEventStreams({ pool, hub }: { pool: pg.Pool; hub: EventHub }): EventStreams {
  const standings = createStandings(pool)
  return {
    async ofRun(run, after, guard, outlet = null, patience) {
      if (after !== null) await refuseExpiredOfRun(pool, run, after)
      const { read, place } = runReader({ pool, hub }, run, after)
      const direct = outlet && new DirectDelivery(place, outlet)
      return liveStream({ hub, watched: { kind: 'connection', id: run.connectionId }, read, guard, direct, patience })
    },

    async ofConnection(connectionId, after, guard, outlet = null, patience) {
      if (after !== null) await refuseExpired(pool, connectionId, after)
      const place = { cursor: after ?? (await eventExtent(pool, connectionId)).last, accepts: () => true }
      async function read(): Promise<Batch<StoredEvent>> {
        const tail = await hub.tail(connectionId)
        const held = tail.after(place.cursor)
        const items = held ?? (await unexpiredEvents(pool, connectionId, place.cursor, batchSize))
        place.cursor = items.at(-1)?.sequence ?? place.cursor
        return { items, more: held === null && items.length === batchSize, last: false }
      }
      const direct = outlet && new DirectDelivery(place satisfies Place, outlet)
      return liveStream({ hub, watched: { kind: 'connection', id: connectionId }, read, guard, direct, patience })
    },

    async ofEnvironment(environmentId, guard, patience) {
      const read = await environmentReader({ pool, hub, standings }, environmentId)
      return liveStream({ hub, watched: { kind: 'environment', id: environmentId }, read, guard, patience })
    },
  }
}
