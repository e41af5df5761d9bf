import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/connectors/contract.ts'
import { RateLimited } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase, recordsOf, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const id = (i: number) => `R${String(i).padStart(4, '0')}`
const hourly = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: id(i), stamp: at((i - count) * hourMs) }))

/** A source that counts, and every request of which, a page or a count, passes `ask` first. */
function watched(given: Partial<Script>, ask: (what: 'count' | 'page') => void | Promise<void>) {
  const { script, deps } = scriptSource(db, { now: end, counts: true, ...given })
  const { openSource } = deps
  script.beforePage = () => ask('page')
  deps.openSource = (input) => {
    const opened = openSource(input)
    const source: Source = {
      ...opened.source,
      async count(entity, since, signal) {
        await ask('count')
        return opened.source.count(entity, since, signal)
      },
    }
    return { ...opened, source }
  }
  return { script, deps }
}

/** Calls of one initial run, each after what the source has asked for; answers how many it took, or null where it never ends. */
async function callsOf(deps: Parameters<typeof pullOnce>[0], before: () => void | Promise<void>) {
  const seeded = await seedConnection(db)
  const [entityRunId = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'INITIAL' }])).entityRunIds
  for (let call = 1; call <= 60; call++) {
    await before()
    const result = await pullOnce(deps, entityRunId, { retrying: call > 1 }).catch(() => null)
    if (result?.done) return { call, stored: (await recordsOf(db, seeded)).length }
  }
  return { call: null, stored: (await recordsOf(db, seeded)).length }
}

test('a source that allows 15 requests a minute is read to its end', async () => {
  let left = 0
  let blocked = false
  const { deps } = watched({ records: hourly(400) }, () => {
    // as the gate does: once the source wants to be left alone for a minute, every request is refused
    if (blocked || left-- <= 0) {
      blocked = true
      throw new RateLimited('slow down', { retryAfterMs: 60_000 })
    }
  })
  const read = await callsOf(deps, () => {
    left = 15
    blocked = false
  })
  expect(read).toEqual({ call: expect.any(Number), stored: 400 })
})

test('a source that answers two requests at a time, and refuses more, is read to its end', async () => {
  let under = 0
  const { deps } = watched({ records: hourly(90) }, async () => {
    if (under >= 2) throw new RateLimited('slow down', {})
    under++
    await new Promise((resolve) => setTimeout(resolve, 5))
    under--
  })
  // what was under way has been answered
  const read = await callsOf(deps, () => new Promise((resolve) => setTimeout(resolve, 20)))
  expect(read).toEqual({ call: expect.any(Number), stored: 90 })
})

test('to plan windows takes far fewer questions than there are pages', async () => {
  const pageSize = 40
  // five mass updates over twenty years
  const records = Array.from({ length: 6_000 }, (_, i) => ({
    id: id(i),
    stamp: at(-hourMs - 3_333_333 - (i % 5) * 4 * 365 * dayMs),
  }))
  let questions = 0
  const { deps } = watched({ records, pageSize }, (what) => {
    if (what === 'count') questions++
  })
  await runOnce(deps, await seedConnection(db), 'INITIAL')
  expect(questions).toBeLessThan(records.length / pageSize / 2)
})
