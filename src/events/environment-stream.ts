import type pg from 'pg'
import type { StoredEvent } from '../store/event-read.ts'
import { unexpiredEvents } from './expiry.ts'
import type { EventHub } from './hub.ts'
import type { Standings } from './standings.ts'
import { type Batch, batchSize } from './stream.ts'

/** Reads what is new in every connection of an environment, those included that are made meanwhile. */
export async function environmentReader(
  { pool, hub, standings }: { pool: pg.Pool; hub: EventHub; standings: Standings },
  environmentId: string,
) {
  const cursors = new Map(await standings(environmentId))
  let behind: string[] = []

  async function read(signalled: ReadonlySet<string> | null): Promise<Batch<StoredEvent>> {
    const asked = [...new Set([...behind, ...(signalled ?? (await moved()))])]
    const found = new Map<string, readonly StoredEvent[]>()
    const unfinished: string[] = []
    let room = batchSize
    for (const connectionId of asked) {
      const { events, more } = room > 0 ? await above(connectionId, room) : { events: [], more: true }
      found.set(connectionId, events)
      if (more) unfinished.push(connectionId)
      room -= events.length
    }
    // nothing fails any more: what was read is delivered
    behind = unfinished
    for (const [connectionId, events] of found) {
      const newest = events.at(-1)
      if (newest) cursors.set(connectionId, newest.sequence)
    }
    return { items: [...found.values()].flat(), more: behind.length > 0, last: false }
  }

  async function above(connectionId: string, room: number) {
    const tail = await hub.tail(connectionId)
    if (tail.environmentId !== environmentId) return { events: [], more: false }
    // a connection that was made since is read from its first event
    const cursor = cursors.get(connectionId) ?? 0n
    const held = tail.after(cursor)
    if (held) return { events: held, more: false }
    const events = await unexpiredEvents(pool, connectionId, cursor, room)
    return { events, more: events.length === room }
  }

  async function moved(): Promise<string[]> {
    const newest = await standings(environmentId)
    return [...newest].flatMap(([id, last]) => (last > (cursors.get(id) ?? 0n) ? [id] : []))
  }

  return read
}
