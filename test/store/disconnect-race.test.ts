import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syncedEntities } from '../../src/model/entities.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import { setStatus } from '../../src/store/connection-status.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { ConnectionGone, EntityBusy, FenceLost } from '../../src/store/errors.ts'
import { lockGate } from '../../src/store/event-append.ts'
import { confirmHeld } from '../../src/store/held-delete.ts'
import { keepMissing } from '../../src/store/missing-batch.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { deleteMissing, holdDeletes } from '../../src/store/record-delete.ts'
import { cancelRun } from '../../src/store/run-cancel.ts'
import { beginSyncRun, endSyncRun } from '../../src/store/sync-run-progress.ts'
import { transaction } from '../../src/store/transaction.ts'
import { sampleBatch, sampleRows } from './sample-batch.ts'
import { cancelEntry, openFreshDatabase, seedConnection, seedRun, type Seeded } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const rounds = 40

const tables = [
  'record',
  'rejected_record',
  'seen_batch',
  'missing_batch',
  'held_delete',
  'event',
  'entity_state',
  'entity_run',
  'sync_run',
  'connection_gate',
  'connection',
  'connection_token',
]

/** Every row there is, and which transaction wrote it: one that is written as it was is another. In one statement, so that it is one moment. */
async function everyRow(): Promise<Map<string, string>> {
  const parts = tables.map((table) => `SELECT '${table} ' || t.xmin || ' ' || t::text AS row FROM ${table} t`)
  const { rows } = await db.pool.query<{ row: string }>(parts.join(' UNION ALL '))
  return new Map(rows.map(({ row }) => [row, row]))
}

function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const gone = [...before.keys()].filter((row) => !after.has(row)).map((row) => `- ${row}`)
  const come = [...after.keys()].filter((row) => !before.has(row)).map((row) => `+ ${row}`)
  return [...gone, ...come].map((row) => row.slice(0, 200))
}

/** All that a run, its reader and callers do to a connection, at once and without end: until each is refused, or finds nothing to do. */
async function everythingAtOnce(seeded: Seeded, syncRunId: string, entityRunIds: readonly string[]) {
  let over = false
  let commits = 0
  const refusals: unknown[] = []
  const { connectionId, environmentId } = seeded
  const loop = async (work: (i: number) => Promise<unknown>) => {
    for (let i = 0; !over; i++) {
      try {
        await work(i)
        commits += 1
      } catch (error) {
        refusals.push(error)
        await pause(1)
      }
    }
  }
  const writers = await Promise.all(entityRunIds.map((id) => takeFence(db, id, false)))
  const readers = writers.map((writer) => {
    const missing = [{ externalId: 'P-000001', changeSeq: 2n }]
    const usage = { requests: 1, bytes: 1 }
    return loop(async (i) => {
      const rejected = [{ externalId: `bad ${i}`, reason: 'no', raw: '{}' }]
      const seen = { pass: 1, hashes: Buffer.alloc(8) }
      // large enough that some are under way at any moment
      await commitBatch(db, writer, sampleBatch(sampleRows(60, `${i % 4}`, { i }), { rejected, seen, progress: true }))
      await keepMissing(db, writer, { missing, checkpoint: null, usage })
      if (i % 3 === 0) await holdDeletes(db, writer, null)
      else if (i % 3 === 1) await deleteMissing(db, writer, null, new AbortController().signal)
    })
  })
  const [first = ''] = entityRunIds
  const others = [
    loop(() => takeFence(db, entityRunIds.at(-1) ?? '', true)),
    loop(() => beginSyncRun(db, syncRunId)),
    loop(() =>
      confirmHeld(db, {
        connectionId,
        environmentId,
        syncRunId,
        entityRunId: first,
        entity: 'PART',
        actor: 'test',
        ip: null,
      }),
    ),
    loop((i) =>
      transaction(db, async (client) => {
        if ((await lockGate(client, connectionId)) === 'DISCONNECTED') throw new ConnectionGone('as the operations do')
        await setStatus(client, connectionId, i % 2 ? 'ACTIVE' : 'PAUSED', { type: 'CONNECTION_PAUSED' })
      }),
    ),
  ]
  /** What comes late, as from a worker that did not hear. */
  async function late() {
    await cancelRun(db, { syncRunId, connectionId }, null, cancelEntry)
    for (const id of entityRunIds)
      await endEntityRun(db, id, {
        status: 'FAILED',
        error: { category: 'INTERNAL', code: 'X', message: 'x', retryable: true },
      })
    for (const id of entityRunIds) await endEntityRun(db, id, { status: 'SUCCEEDED', fence: 1, watermark: 'w' })
    await endSyncRun(db, syncRunId)
  }
  return {
    commits: () => commits,
    refusals,
    late,
    async stop() {
      over = true
      await Promise.all([...readers, ...others])
    },
  }
}

test(`${rounds} disconnects against running commits: not one row of the connection changes after the disconnect has returned`, async () => {
  let midst = 0
  for (let round = 0; round < rounds; round++) {
    const seeded = await seedConnection(db, syncedEntities)
    const { syncRunId, entityRunIds } = await seedRun(
      db,
      seeded,
      syncedEntities.map((entity) => ({ entity, mode: 'FULL_RESYNC' })),
    )
    const busy = await everythingAtOnce(seeded, syncRunId, entityRunIds)
    await pause(20 + ((round * 7) % 60)) // another moment each time
    const before = busy.commits()
    const done = await disconnect(db, { ...seeded, actor: 'test', ip: null })
    const atOnce = await everyRow()
    expect(done).toBe(1)
    if (before > 0) midst += 1
    const refusedBefore = busy.refusals.length
    await pause(30)
    await busy.late()
    await busy.stop()
    expect({ round, changed: differences(atOnce, await everyRow()) }).toEqual({ round, changed: [] })
    for (const error of busy.refusals.slice(refusedBefore))
      expect([FenceLost, ConnectionGone, EntityBusy].some((kind) => error instanceof kind)).toBe(true)
    // one connection at a time in the database: the next round's rows are its own
    for (const table of tables.slice(0, 6)) await db.pool.query(`TRUNCATE ${table}`)
  }
  expect(midst).toBeGreaterThan(rounds / 8) // on a busy machine fewer meet
}, 120_000)
