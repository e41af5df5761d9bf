import assert from 'node:assert/strict'
import type pg from 'pg'
import { eventsOfConnection, type StoredEvent } from '../../src/store/event-read.ts'
import { readChanges } from '../../src/store/record-changes.ts'
import type { RecordOwner } from '../../src/store/record-read.ts'
import type { ModelEntity } from './sequence.ts'

/** Reads on while runs commit, and keeps what a consumer of the change feed would hold. */
export interface FeedFollower {
  read(pool: pg.Pool): Promise<boolean>
  toTheEnd(pool: pg.Pool): Promise<ReadonlyMap<string, string>>
  /** Another consumer that goes on from here, with pages of other sizes. */
  fork(): FeedFollower
}

export function followFeed(
  owner: RecordOwner,
  entity: ModelEntity,
  limit: () => number,
  start: { cursor: bigint | null; held: ReadonlyMap<string, string> } = { cursor: null, held: new Map() },
): FeedFollower {
  let { cursor } = start
  const held = new Map(start.held)

  async function read(pool: pg.Pool) {
    const { changes, hasMore } = await readChanges(pool, owner, entity, { after: cursor, limit: limit() })
    for (const { kind, record, sequence } of changes) {
      assert(sequence > (cursor ?? 0n), `the feed of ${entity} went from ${cursor} back to ${sequence}`)
      cursor = sequence
      if (kind === 'DELETED') held.delete(record.externalId)
      else held.set(record.externalId, JSON.stringify(record.data))
    }
    return hasMore
  }

  return {
    read,
    async toTheEnd(pool) {
      while (await read(pool));
      return held
    },
    fork: () => followFeed(owner, entity, limit, { cursor, held }),
  }
}

/** Reads the events of a connection as they come; fails where one is missing or comes before an earlier one. */
export function followEvents(connectionId: string, limit: () => number) {
  const events: StoredEvent[] = []
  async function read(pool: pg.Pool) {
    const most = limit()
    const page = await eventsOfConnection(pool, connectionId, BigInt(events.length), most)
    for (const event of page) {
      assert.equal(event.sequence, BigInt(events.length) + 1n, `event ${events.length + 1} is missing`)
      events.push(event)
    }
    return page.length === most
  }
  return {
    events,
    read,
    async toTheEnd(pool: pg.Pool) {
      while (await read(pool));
    },
  }
}
