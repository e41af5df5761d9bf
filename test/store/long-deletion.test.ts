import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { lockStates } from '../../src/store/entity-state-change.ts'
import { FenceLost, LockTimeout } from '../../src/store/errors.ts'
import { keepMissing } from '../../src/store/missing-batch.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { chunkSize, deleteMissing } from '../../src/store/record-delete.ts'
import { transaction } from '../../src/store/transaction.ts'
import { breakable } from '../model/breakable-database.ts'
import { sampleBatch, sampleRows } from './sample-batch.ts'
import { openFreshDatabase, recordsOf, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** A deletion of three chunks; with the first of them something happens. */
async function deleting(withFirst: (id: string) => string) {
  const { writer, ...seeded } = await seedWriter(db)
  for (let step = 0; step < 3; step++) {
    const rows = sampleRows(chunkSize, `${step}-`)
    await commitBatch(db, writer, sampleBatch(rows))
    const missing = rows.map(({ externalId }, i) => ({ externalId, changeSeq: BigInt(step * chunkSize + i + 1) }))
    await keepMissing(db, writer, { missing, checkpoint: null, usage: { requests: 0, bytes: 0 } })
  }
  let chunks = 0
  const nothing = async () => {}
  const watched = breakable(db, {
    beforeBegin: nothing,
    beforeCommit: async () => 'commit',
    afterCommit: nothing,
    plant(text) {
      if (!text.includes('SET deleted_at = now()')) return text
      chunks += 1
      return chunks === 1 ? withFirst(writer.entityRunId) + text : text
    },
  })
  return {
    run: (signal = new AbortController().signal) => deleteMissing(watched, writer, null, signal),
    chunks: () => chunks,
    deleted: async () => (await recordsOf(db, seeded)).filter((record) => record.deletedAt !== null).length,
  }
}

test('a large deletion stops behind the chunk in which its run is canceled, and has deleted nothing', async () => {
  const canceling = (id: string) => `WITH canceled AS (UPDATE entity_run SET status = 'CANCELING' WHERE id = '${id}') `
  const { run, chunks, deleted } = await deleting(canceling)
  await expect(run()).rejects.toBeInstanceOf(FenceLost)
  expect([chunks(), await deleted()]).toEqual([1, 0])
})

test('or its activity is told to stop', async () => {
  const stop = new AbortController()
  const { run, chunks, deleted } = await deleting(() => {
    stop.abort(new Error('canceled'))
    return ''
  })
  await expect(run(stop.signal)).rejects.toThrow('canceled')
  expect([chunks(), await deleted()]).toEqual([1, 0])
})

test('a state that a long commit holds is told apart from a PostgreSQL that is away', async () => {
  const { connectionId } = await seedWriter(db)
  await transaction(db, async (client) => {
    await lockStates(client, connectionId)
    const other = transaction(db, async (another) => {
      await another.query(`SET LOCAL lock_timeout = '50ms'`)
      return lockStates(another, connectionId)
    })
    await expect(other).rejects.toBeInstanceOf(LockTimeout)
  })
})
