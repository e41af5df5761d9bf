import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistry } from '../../src/connectors/registry.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase, recordsOf, seedConnection } from '../store/seeded-connection.ts'
import { runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const at = around(new Date('2026-03-01T00:00:00.000Z'))

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** A source whose stamps are whole seconds, cut off, also where it compares them; its clock has milliseconds. */
async function coarse(given: Partial<Script>) {
  const { script, deps } = scriptSource(db, given)
  const fine = deps.connectors.get('demo')
  if (!fine) throw new Error('the script has a connector')
  const connectors = createRegistry([{ ...fine, clock: (config) => ({ ...fine.clock(config), precisionMs: 1_000 }) }])
  const seeded = await seedConnection(db)
  return {
    script,
    run: (mode: 'INITIAL' | 'INCREMENTAL') => runOnce({ ...deps, connectors }, seeded, mode),
    stored: async () => (await recordsOf(db, seeded)).map((record) => record.externalId).sort(),
  }
}

test('a window starts with the whole second that the watermark lies in: what shares its stamp is not lost', async () => {
  // stamped in the second in which the lag ends: the watermark is 58.7
  const { script, run, stored } = await coarse({ records: [{ id: 'A', stamp: at(0) }], now: at(700), lagMs: 2_000 })
  await run('INITIAL')
  script.records.push({ id: 'late', stamp: at(-2_000) })
  script.now = at(60_000)
  await run('INCREMENTAL')
  expect(script.reads.at(-1)?.since).toEqual(at(-2_000))
  expect(await stored()).toEqual(['A', 'late'])
})

test('a page is beyond the end only when its stamps are so by more than their step', async () => {
  // a source that rounds up has stamped C half a second before the end
  const records = ['A', 'B', 'C', 'D'].map((id, i) => ({ id, stamp: at(i < 2 ? 0 : 1_000) }))
  const { run, stored } = await coarse({ records, pageSize: 1, now: at(500) })
  await run('INITIAL')
  expect(await stored()).toEqual(['A', 'B', 'C', 'D'])
})
