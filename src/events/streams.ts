import type pg from 'pg'
import {
  eventExtent,
  eventsOfConnection,
  eventsOfRun,
  newestEventsOfRun,
  newestSequences,
  runStanding,
  type StoredEvent,
} from '../store/event-read.ts'
import { EventsExpired } from './errors.ts'
import type { EventHub } from './hub.ts'
import { batchSize, type EventStream, eventStream } from './stream.ts'

/** The streams that subscriptions are made of. Each throws EventsExpired before it begins when `after` is no longer kept. */
export interface EventStreams {
  /** after null: the newest event of the run and of each of its entities first. Ends with the run. */
  ofRun(run: { id: string; connectionId: string }, after: bigint | null, confirm: Confirm): Promise<EventStream>
  /** after null: live only. */
  ofConnection(connectionId: string, after: bigint | null, confirm: Confirm): Promise<EventStream>
  /** Live only; `only`: of this connection. */
  ofEnvironment(environmentId: string, only: string | null, confirm: Confirm): Promise<EventStream>
}

type Confirm = () => Promise<void>

export function createEventStreams({ pool, hub }: { pool: pg.Pool; hub: EventHub }): EventStreams {
  return {
    async ofRun(run, after, confirm) {
      if (after !== null) await refuseExpiredOfRun(pool, run, after)
      let cursor = after
      async function read() {
        // asked before the events: what a finished run has told is then all there
        const { finished } = await runStanding(pool, run.id)
        const events =
          cursor === null ? await newestEventsOfRun(pool, run.id) : await eventsOfRun(pool, run.id, cursor, batchSize)
        const newest = events.at(-1)
        const more = cursor === null || events.length === batchSize
        cursor = newest?.sequence ?? cursor ?? 0n
        return { events, more, last: newest?.type === 'RUN_FINISHED' || (finished && !more) }
      }
      return eventStream({ hub, watched: { connectionId: run.connectionId }, read, confirm })
    },

    async ofConnection(connectionId, after, confirm) {
      if (after !== null) await refuseExpired(pool, connectionId, after)
      let cursor = after ?? (await eventExtent(pool, connectionId)).last
      async function read() {
        const events = await eventsOfConnection(pool, connectionId, cursor, batchSize)
        cursor = events.at(-1)?.sequence ?? cursor
        return { events, more: events.length === batchSize, last: false }
      }
      return eventStream({ hub, watched: { connectionId }, read, confirm })
    },

    async ofEnvironment(environmentId, only, confirm) {
      const within = only === null ? null : [only]
      const cursors = await newestSequences(pool, environmentId, within)
      const behind = new Set<string>()
      async function read(signalled: ReadonlySet<string> | null) {
        const asked = only === null && signalled ? [...new Set([...signalled, ...behind])] : within
        const newest = await newestSequences(pool, environmentId, asked)
        const events: StoredEvent[] = []
        behind.clear()
        for (const [id, last] of newest) {
          // a connection that was made since is read from its first event
          const cursor = cursors.get(id) ?? 0n
          if (last <= cursor) continue
          const room = batchSize - events.length
          const found = room > 0 ? await eventsOfConnection(pool, id, cursor, room) : []
          const reached = found.at(-1)?.sequence ?? (room > 0 ? last : cursor)
          cursors.set(id, reached)
          if (reached < last) behind.add(id)
          events.push(...found)
        }
        return { events, more: behind.size > 0, last: false }
      }
      const watched = only === null ? { environmentId } : { connectionId: only }
      return eventStream({ hub, watched, read, confirm })
    },
  }
}

/** Throws EventsExpired when events between `after` and now are gone. */
export async function refuseExpired(pool: pg.Pool, connectionId: string, after: bigint): Promise<void> {
  const { first, last } = await eventExtent(pool, connectionId)
  if (first === null ? last > after : first > 1n && first > after + 1n) throw new EventsExpired(after, first)
}

/** As refuseExpired, but a run whose first event is still there has lost nothing. */
export async function refuseExpiredOfRun(
  pool: pg.Pool,
  run: { id: string; connectionId: string },
  after: bigint,
): Promise<void> {
  const { complete } = await runStanding(pool, run.id)
  if (!complete) await refuseExpired(pool, run.connectionId, after)
}
