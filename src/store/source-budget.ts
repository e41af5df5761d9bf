import type pg from 'pg'
import type { Database } from './database.ts'
import { transaction } from './transaction.ts'

/** How long a part is kept for a process that renews it no more, because it has died or has nothing to ask. */
const leaseMs = 3_000
/** Where there are fewer requests than processes, those that get none change this often. */
const turnMs = 5_000

export interface LeaseRequest {
  maxInFlight: number
  requestsPerSecond: number | null
  /** Under way in this process: counted as taken until they end. */
  inFlight: number
}

export interface LeasedSlice {
  inFlight: number
  requests: number | null
  blockedMs: number
}

/**
 * Divides what a connection's source may be asked among the processes that read it. Each takes its part of the next second in one short
 * transaction, none for a request. The sum of what is in flight never exceeds the limit: a process that comes new waits until the others,
 * at their next renewal, have given up a part.
 */
export function createSourceBudget(db: Database, holder: string) {
  return {
    lease: (connectionId: string, asked: LeaseRequest): Promise<LeasedSlice> =>
      transaction(db, async (client) => {
        const { tokens, nowMs, blockedMs } = await lockBudget(client, connectionId, asked.requestsPerSecond)
        const others = await otherHolders(client, connectionId, holder)
        const share = shareOf(asked.maxInFlight, [...others.map((it) => it.holder), holder], holder, nowMs)
        const free = asked.maxInFlight - others.reduce((sum, it) => sum + it.inFlight, 0)
        const inFlight = Math.max(0, Math.min(share, free))
        await keepLease(client, connectionId, holder, Math.max(inFlight, asked.inFlight))
        if (asked.requestsPerSecond === null) return { inFlight, requests: null, blockedMs }
        const part = Math.max(1, asked.requestsPerSecond) / (others.length + 1)
        const requests = blockedMs > 0 ? 0 : Math.min(tokens, part)
        await client.query(
          'UPDATE source_budget SET tokens = $2, refilled_at = clock_timestamp() WHERE connection_id = $1',
          [connectionId, tokens - requests],
        )
        return { inFlight, requests, blockedMs }
      }),

    async block(connectionId: string, forMs: number): Promise<void> {
      await db.pool.query(
        `INSERT INTO source_budget AS b (connection_id, tokens, blocked_until)
         VALUES ($1, 0, clock_timestamp() + $2 * interval '1 millisecond')
         ON CONFLICT (connection_id) DO UPDATE SET blocked_until = GREATEST(b.blocked_until, excluded.blocked_until)`,
        [connectionId, forMs],
      )
    },
  }
}

/** Locks the row against other processes that take their part; answers what there is with what time has added. */
async function lockBudget(client: pg.ClientBase, connectionId: string, perSecond: number | null) {
  const most = perSecond === null ? 0 : Math.max(1, perSecond)
  const { rows } = await client.query<{ tokens: number; elapsedMs: number; nowMs: number; blockedMs: number }>(
    `INSERT INTO source_budget AS b (connection_id, tokens) VALUES ($1, $2)
     ON CONFLICT (connection_id) DO UPDATE SET connection_id = b.connection_id
     RETURNING tokens,
       (extract(epoch FROM clock_timestamp() - refilled_at) * 1000)::float8 AS "elapsedMs",
       (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
       GREATEST(0, COALESCE(extract(epoch FROM blocked_until - clock_timestamp()) * 1000, 0))::float8 AS "blockedMs"`,
    [connectionId, most],
  )
  const row = rows[0]
  if (!row) throw new Error('an upsert answers its row')
  const added = ((perSecond ?? 0) * Math.max(0, row.elapsedMs)) / 1_000
  return { ...row, tokens: Math.min(most, row.tokens + added) }
}

async function otherHolders(client: pg.ClientBase, connectionId: string, holder: string) {
  await client.query('DELETE FROM source_lease WHERE connection_id = $1 AND expires_at < clock_timestamp()', [
    connectionId,
  ])
  const { rows } = await client.query<{ holder: string; inFlight: number }>(
    'SELECT holder, in_flight AS "inFlight" FROM source_lease WHERE connection_id = $1 AND holder <> $2',
    [connectionId, holder],
  )
  return rows
}

async function keepLease(client: pg.ClientBase, connectionId: string, holder: string, inFlight: number) {
  await client.query(
    `INSERT INTO source_lease (connection_id, holder, in_flight, expires_at)
     VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
     ON CONFLICT (connection_id, holder) DO UPDATE SET in_flight = excluded.in_flight, expires_at = excluded.expires_at`,
    [connectionId, holder, inFlight, leaseMs],
  )
}

/** Equal parts; what does not divide goes to some, and to others at the next turn. */
function shareOf(total: number, holders: readonly string[], holder: string, nowMs: number): number {
  const rest = total % holders.length
  const sorted = holders.toSorted()
  const place = (sorted.indexOf(holder) + Math.floor(nowMs / turnMs)) % holders.length
  return Math.floor(total / holders.length) + (place < rest ? 1 : 0)
}
