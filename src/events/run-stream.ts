import type pg from 'pg'
import { eventsOfRun, newestEventsOfRun, runStanding, type StoredEvent } from '../store/event-read.ts'
import type { Place } from './direct-delivery.ts'
import type { EventHub } from './hub.ts'
import { type Batch, batchSize } from './stream.ts'

const isEnd = ({ type }: StoredEvent) => type === 'RUN_FINISHED'

/** Reads one run's events above `after` (null: first its newest), up to its end. */
export function runReader(
  { pool, hub }: { pool: pg.Pool; hub: EventHub },
  run: { id: string; connectionId: string },
  after: bigint | null,
) {
  let cursor = after
  // known before anything is taken from the tail: the end is then still to come there
  let goesOn = false

  async function read(): Promise<Batch<StoredEvent>> {
    const tail = await hub.tail(run.connectionId)
    const held = goesOn && cursor !== null ? tail.after(cursor) : null
    if (held === null) return stored(tail.head)
    cursor = held.at(-1)?.sequence ?? cursor
    const items = held.filter(({ syncRunId }) => syncRunId === run.id)
    return { items, more: false, last: items.some(isEnd) }
  }

  /** `reached`: was committed before this reads, and is therefore seen, so that the tail may go on from there. */
  async function stored(reached: bigint): Promise<Batch<StoredEvent>> {
    // asked before the events: what a finished run has told is then all there
    const { finished } = await runStanding(pool, run.id)
    const items =
      cursor === null ? await newestEventsOfRun(pool, run.id) : await eventsOfRun(pool, run.id, cursor, batchSize)
    const newest = items.at(-1)
    const more = cursor === null || items.length === batchSize
    const ended = finished || items.some(isEnd)
    goesOn = !ended
    cursor = newest?.sequence ?? cursor ?? 0n
    if (!more && reached > cursor) cursor = reached
    // what was decided about held deletions stands behind the end
    return { items, more, last: ended && !more }
  }

  const place: Place = {
    get cursor() {
      return goesOn ? cursor : null
    },
    set cursor(reached) {
      cursor = reached
    },
    accepts(event) {
      if (event.syncRunId !== run.id) return false
      return isEnd(event) ? null : true
    },
  }
  return { read, place }
}
