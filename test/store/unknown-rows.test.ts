import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { entityCodes } from '../../src/model/entity-type.ts'
import { countLive } from '../../src/store/completeness.ts'
import { deleteData } from '../../src/store/data-delete.ts'
import type { Database } from '../../src/store/database.ts'
import { deletionCandidates, everyRecord } from '../../src/store/deletion-candidates.ts'
import { knownKeys } from '../../src/store/known-records.ts'
import { markDeleted } from '../../src/store/record-delete.ts'
import { storedHashes } from '../../src/store/record-hashes.ts'
import { partitionOf } from '../../src/store/record-partition.ts'
import { transaction } from '../../src/store/transaction.ts'
import { openFreshDatabase, seedWriter } from './seeded-connection.ts'

// Between a partition's first VACUUM and its first ANALYZE, and where it was analyzed before a connection came, the planner takes a connection's rows for
// one. How many there are, and how long their keys, is what makes the index of the change numbers look cheaper than the others.
const count = 50_000
const entity = entityCodes.PART
const keyOf = (i: number) => `company-1000/plant-0100/storage-location-0001/material-${String(i).padStart(6, '0')}`
const keys = [keyOf(1), keyOf(7), keyOf(count)]

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const fill = (connectionKey: number) =>
  db.pool.query(
    `INSERT INTO record (connection_key, entity, external_id, change_seq, created_seq, content_hash, source_updated_at, first_seen_at, updated_at, data, raw)
     SELECT $1, $2, $3 || lpad(i::text, 6, '0'), i, i, '\\x00', '2026-01-01'::timestamptz + i * interval '1 second', now(), now(), '{}', '{}'
     FROM generate_series(1, $4::int) AS i`,
    [connectionKey, entity, keyOf(0).slice(0, -6), count],
  )

/** The key of a connection that would have its records in the same partition. */
async function neighbourOf(connectionKey: number): Promise<number> {
  const partition = await partitionOf(db.pool, connectionKey)
  for (let key = 1_000_000; ; key++) if ((await partitionOf(db.pool, key)) === partition) return key
}

/** The plans of what `work` asks of records, each made once more under the settings that it has set. */
async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  await work()
  const asked = spy.mock.calls.map(([query, values]) => {
    const { text, values: own = values } = typeof query === 'string' ? { text: query } : (query as pg.QueryConfig)
    return { text, values: own as unknown[] }
  })
  spy.mockRestore()
  const plans: string[] = []
  const client = await db.pool.connect()
  try {
    await client.query('BEGIN')
    for (const { text, values } of asked) {
      if (/^(COMMIT|ROLLBACK)/.test(text)) await client.query('ROLLBACK; BEGIN')
      else if (text.includes('SET LOCAL')) await client.query(text.replace(/^BEGIN READ ONLY;/, ''))
      else if (/ record(_p\d\d)?\s/.test(text)) {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
      }
    }
    await client.query('ROLLBACK')
  } finally {
    client.release()
  }
  return plans
}

const byKey = /record_p\d\d_pkey/
const byStamp = /record_p\d\d_\w*source_updated\w*_idx/
const byAddress = /Tid Scan on record_p\d\d/

describe.each(['vacuumed and never analyzed', 'analyzed before the connection came'])(
  'a partition that was %s',
  (state) => {
    let seeded: Awaited<ReturnType<typeof seedWriter>>

    beforeAll(async () => {
      seeded = await seedWriter(db)
      const partition = await partitionOf(db.pool, seeded.connectionKey)
      await db.pool.query(`ALTER TABLE ${partition} SET (autovacuum_enabled = off)`)
      if (state.startsWith('analyzed')) {
        await fill(await neighbourOf(seeded.connectionKey))
        await db.pool.query(`VACUUM (ANALYZE) ${partition}`)
      }
      await fill(seeded.connectionKey)
      if (state.startsWith('vacuumed')) await db.pool.query(`VACUUM ${partition}`)
    })

    test('is asked for the records of a batch by their keys', async () => {
      const plans = await plansOf(() => storedHashes(db.pool, seeded.connectionKey, entity, keys))
      expect(plans).toEqual([expect.stringMatching(byKey)])
      expect(plans.join()).not.toMatch(/Sort|_idx/)
    })

    test('is read in the order of the keys for what a re-sync has missed', async () => {
      const page = { after: keyOf(1_000), limit: 5_000 }
      const plans = await plansOf(() => deletionCandidates(db, seeded.writer, everyRecord, page))
      expect(plans).toEqual([expect.stringMatching(byKey)])
      expect(plans.join()).not.toMatch(/Sort|_idx/)
    })

    test('is asked by the stamp for what a window holds, and for some of its keys', async () => {
      const since = new Date('2026-01-01T01:00:00Z')
      const { writer } = seeded
      const plans = await plansOf(async () => {
        await countLive(db, writer, since, false)
        await knownKeys(db, writer, since, { limit: 3, mostUnstamped: 10 })
        await knownKeys(db, writer, null, { limit: 3, mostUnstamped: 10 })
      })
      expect(plans).toHaveLength(6)
      for (const plan of plans) expect(plan).toMatch(byStamp)
      expect(plans.join()).not.toMatch(/Sort|record_p\d\d_pkey|record_p\d\d_\w*(change_seq|number)/)
    })

    test('loses what a re-sync deletes by its keys and addresses', async () => {
      const missing = keys.map((externalId) => ({ externalId, changeSeq: 1n }))
      let deleted = 0
      const plans = await plansOf(() =>
        transaction(db, async (client) => {
          deleted = await markDeleted(client, seeded.writer, missing, 100n)
        }),
      )
      expect(deleted).toBe(1) // the others were written since
      expect(plans).toEqual([expect.stringMatching(byKey)])
      expect(plans.join()).toMatch(byAddress)
      expect(plans.join()).not.toMatch(/Sort|_idx/)
    })

    test('loses all of a connection by its keys and addresses', async () => {
      const { connectionId, connectionKey } = seeded
      await db.pool.query(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`, [connectionId])
      await db.pool.query('UPDATE entity_state SET deletion_asked_at = now() WHERE connection_id = $1', [connectionId])
      const [first, step] = await plansOf(async () => {
        const steps = deleteData(db, { connectionId, connectionKey, entity: 'PART' })
        await steps.next()
        await steps.return(undefined)
      })
      expect(first).toMatch(byKey)
      expect(step).toMatch(byKey)
      expect(step).toMatch(byAddress)
      expect([first, step].join()).not.toMatch(/Sort|record_p\d\d_\w*_idx/)
    })
  },
)
