import { afterAll, beforeAll, expect, test } from 'vitest'
import { ListContradicted } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const some = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `R${i}`, stamp: at(-100_000 + i) }))

test('two enumerations that each list less than half of what is counted are doubted, though both together list more', async () => {
  const { script, deps } = scriptSource(db, { now: end, records: some(100), counts: true, readsByKey: false })
  const seeded = await seedConnection(db)
  await runOnce(deps, seeded, 'INITIAL')
  const { openSource } = deps
  // its lists hide records, its count does not
  deps.openSource = (input) => {
    const opened = openSource(input)
    return { ...opened, source: { ...opened.source, count: async (_, since) => (since && since >= end ? 0 : 100) } }
  }
  script.records = some(30)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])
  const pulled = pullOnce(deps, entityRunIds[0] ?? '')
  await expect(pulled).rejects.toMatchObject({ type: ListContradicted.name })
})

test.each(['INCREMENTAL', 'FULL_RESYNC'] as const)(
  'a source that suddenly has nothing is doubted by an %s also where its records carry no modified stamp',
  async (mode) => {
    for (const stamps of ['created only', 'none'] as const) {
      const given: Partial<Script> = { now: end, records: some(10).map((record) => ({ ...record, stamp: null })) }
      const { script, deps } = scriptSource(db, given)
      const seeded = await seedConnection(db)
      await runOnce(deps, seeded, 'INITIAL')
      if (stamps === 'created only') {
        await db.pool.query('UPDATE record SET source_created_at = $2 WHERE connection_key = $1', [
          seeded.connectionKey,
          at(-5_000),
        ])
        await db.pool.query('UPDATE entity_state SET watermark = $2 WHERE connection_id = $1', [
          seeded.connectionId,
          at(-5_000).toISOString(),
        ])
      }
      script.records = []
      const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode }])
      const pulled = pullOnce(deps, entityRunIds[0] ?? '')
      await expect(pulled, stamps).rejects.toMatchObject({ type: ListContradicted.name })
    }
  },
)
