import type pg from 'pg'
import type { ConnectionStatus, SyncEventType, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import { announceNews } from './announce.ts'
import { ConnectionGone } from './errors.ts'

export interface Counts {
  fetched: number
  created: number
  updated: number
  unchanged: number
  deleted: number
  rejected: number
  heldDeletes: number
}

/** A run's counts as columns of entity_run. */
export const countColumns = 'fetched, created, updated, unchanged, deleted, rejected, held_deletes AS "heldDeletes"'

export async function countsOf(client: pg.ClientBase, entityRunId: string): Promise<Counts> {
  const { rows } = await client.query<Counts>(`SELECT ${countColumns} FROM entity_run WHERE id = $1`, [entityRunId])
  const row = rows[0]
  if (!row) throw new Error(`entity run ${entityRunId} vanished`)
  return row
}

export interface NewEvent {
  type: SyncEventType
  syncRunId?: string
  entity?: EntityType
  status?: SyncStatus
  counts?: Counts
  estimatedTotal?: number | null
  message?: string
}

/**
 * Reserves n event numbers, under the gate's row lock until the commit: a reader never sees a later number before an
 * earlier one. Throws ConnectionGone when the connection is disconnected.
 */
export async function reserveEvents(client: pg.ClientBase, connectionId: string, n: number): Promise<bigint> {
  const { rows } = await client.query<{ event_seq: string }>({
    name: 'reserve-events',
    text: `UPDATE connection_gate SET event_seq = event_seq + $2
           WHERE connection_id = $1 AND status <> 'DISCONNECTED' RETURNING event_seq`,
    values: [connectionId, n],
  })
  const row = rows[0]
  if (!row) throw new ConnectionGone('The connection is disconnected.')
  return BigInt(row.event_seq) - BigInt(n) + 1n
}

/** Locks the gate before anything that must not meet a disconnect; says what stands there. */
export async function lockGate(client: pg.ClientBase, connectionId: string): Promise<ConnectionStatus> {
  const { rows } = await client.query<{ status: ConnectionStatus }>(
    'SELECT status FROM connection_gate WHERE connection_id = $1 FOR NO KEY UPDATE',
    [connectionId],
  )
  return rows[0]?.status ?? 'DISCONNECTED'
}

/** Writes events under numbers that reserveEvents gave, to be announced with the commit. */
export async function insertEvents(
  client: pg.ClientBase,
  connectionId: string,
  first: bigint,
  events: readonly NewEvent[],
) {
  if (events.length === 0) return
  announceNews(client, connectionId)
  await client.query({
    name: 'insert-events',
    text: `INSERT INTO event (connection_id, sequence, at, type, sync_run_id, entity, status, counts, estimated_total, message)
           SELECT $1, $2::bigint + e.ordinality - 1, clock_timestamp(), e.type::"SyncEventType", e.run::uuid, e.entity::"EntityType",
                  e.status::"SyncStatus", e.counts::jsonb, e.total, e.message
           FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[])
                WITH ORDINALITY AS e(type, run, entity, status, counts, total, message, ordinality)`,
    values: [
      connectionId,
      first.toString(),
      events.map((event) => event.type),
      events.map((event) => event.syncRunId ?? null),
      events.map((event) => event.entity ?? null),
      events.map((event) => event.status ?? null),
      events.map((event) => (event.counts ? JSON.stringify(event.counts) : null)),
      events.map((event) => event.estimatedTotal ?? null),
      events.map((event) => event.message ?? null),
    ],
  })
}

/** What is told of a connection that is DISCONNECTED, under the gate's row lock; the only thing that still is: the deletion of its data. */
export async function appendAfterDisconnect(client: pg.ClientBase, connectionId: string, events: readonly NewEvent[]) {
  if (events.length === 0) return
  const { rows } = await client.query<{ event_seq: string }>(
    `UPDATE connection_gate SET event_seq = event_seq + $2
     WHERE connection_id = $1 AND status = 'DISCONNECTED' RETURNING event_seq`,
    [connectionId, events.length],
  )
  const row = rows[0]
  if (!row) throw new Error(`connection ${connectionId} is not disconnected`)
  await insertEvents(client, connectionId, BigInt(row.event_seq) - BigInt(events.length) + 1n, events)
}

/** Both at once, for transactions whose last lock is the gate. */
export async function appendEvents(client: pg.ClientBase, connectionId: string, events: readonly NewEvent[]) {
  const first = await reserveEvents(client, connectionId, events.length)
  await insertEvents(client, connectionId, first, events)
}
