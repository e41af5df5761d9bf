import type pg from 'pg'
import { eventExtent, eventsOfConnection, runStanding, type StoredEvent } from '../store/event-read.ts'
import { EventsExpired, SequenceUnknown } from './errors.ts'

/** Throws EventsExpired when events between `after` and now are gone, SequenceUnknown where it is none of the connection's. */
export async function refuseExpired(pool: pg.Pool, connectionId: string, after: bigint): Promise<void> {
  const { first, last } = await eventExtent(pool, connectionId)
  if (after < 0n || after > last) throw new SequenceUnknown(after, last)
  if (first === null ? last > after : first > 1n && first > after + 1n) throw new EventsExpired(after, first)
}

/** As refuseExpired, but a run whose first event is still there has lost nothing. */
export async function refuseExpiredOfRun(
  pool: pg.Pool,
  run: { id: string; connectionId: string },
  after: bigint,
): Promise<void> {
  const { complete } = await runStanding(pool, run.id)
  await refuseExpired(pool, run.connectionId, after).catch((error: unknown) => {
    if (!(complete && error instanceof EventsExpired)) throw error
  })
}

/** The stored events next above the cursor. Throws EventsExpired where the first of them is gone: a connection's sequences have no gaps. */
export async function unexpiredEvents(
  pool: pg.Pool,
  connectionId: string,
  cursor: bigint,
  limit: number,
): Promise<StoredEvent[]> {
  const found = await eventsOfConnection(pool, connectionId, cursor, limit)
  const [first] = found
  if (first && first.sequence !== cursor + 1n) throw new EventsExpired(cursor, first.sequence)
  return found
}
