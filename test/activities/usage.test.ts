import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { breakable } from '../model/breakable-database.ts'
import { entityRunOf, openFreshDatabase, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce } from './pull-once.ts'
import { scriptSource } from './scripted-source.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

test('what the source was asked for a batch that is not committed is counted all the same, and once', async () => {
  let commits = 0
  const broken = breakable(db, {
    beforeBegin: async () => {},
    // behind the fence's own the first batch's
    beforeCommit: async () => (++commits === 2 ? 'lose' : 'commit'),
    afterCommit: async () => {},
  })
  const { script, deps } = scriptSource(broken)
  script.records = Array.from({ length: 7 }, (_, i) => ({ id: `R${i}`, stamp: new Date(script.now.getTime() - 1e6) }))
  let pages = 0
  script.beforePage = () => void (pages += 1)
  const open = deps.openSource
  deps.openSource = (input) => ({ ...open(input), usage: () => ({ requests: pages, bytes: pages * 10 }) })
  const seeded = await seedConnection(db)
  const [id = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'INCREMENTAL' }])).entityRunIds
  await expect(pullOnce(deps, id)).rejects.toMatchObject({ type: 'StoreBusy' })
  expect(pages).toBeGreaterThan(0)
  expect(await entityRunOf(db, id)).toMatchObject({ sourceRequests: pages, sourceBytes: BigInt(pages * 10) })

  const before = pages
  pages = 0
  await pullOnce(deps, id, { attempt: 2 })
  expect(await entityRunOf(db, id)).toMatchObject({ sourceRequests: before + pages })
})
