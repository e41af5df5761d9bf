import { MockActivityEnvironment } from '@temporalio/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { deleteConnectionData } from '../../src/activities/delete-connection-data.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import { askDeletion } from '../../src/store/data-deletion.ts'
import type { Database } from '../../src/store/database.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { lockStates } from '../../src/store/entity-state-change.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { transaction } from '../../src/store/transaction.ts'
import { sampleBatch, sampleRows } from '../store/sample-batch.ts'
import { entityStateOf, openFreshDatabase, seedConnection, seedRun, type Seeded } from '../store/seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => db.close())

const entities = ['PART', 'VENDOR'] as const

async function doomed(): Promise<Seeded> {
  const seeded = await seedConnection(db, entities)
  const { entityRunIds } = await seedRun(
    db,
    seeded,
    entities.map((entity) => ({ entity })),
  )
  for (const id of entityRunIds) await commitBatch(db, await takeFence(db, id, false), sampleBatch(sampleRows(4_500)))
  await disconnect(db, { ...seeded, actor: 'test', ip: null })
  await transaction(db, async (client) => {
    await lockStates(client, seeded.connectionId)
    await askDeletion(client, seeded.connectionId, entities)
  })
  return seeded
}

const step = () => deleteConnectionData({ db } as ActivityDeps) // all of the deps that it takes
const call = ({ connectionId }: Seeded, environment = new MockActivityEnvironment()): Promise<{ done: boolean }> =>
  environment.run(step(), { connectionId })
const left = ({ connectionKey }: Seeded) => db.prisma.record.count({ where: { connectionKey } })

test('one call deletes all of a small connection, and another finds nothing to do', async () => {
  const seeded = await doomed()
  const { connectionId } = seeded
  expect(await call(seeded)).toEqual({ done: true })
  expect(await left(seeded)).toBe(0)
  expect(await call(seeded)).toEqual({ done: true })
  expect(await db.prisma.event.count({ where: { connectionId, type: 'CONNECTION_DATA_DELETED' } })).toBe(1)
})

test('a call whose time is over leaves its place, each has got on, and the last says that it is done', async () => {
  const seeded = await doomed()
  let now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 30_000)) // each look at the clock is past the call's end
  const lefts: number[] = []
  for (let done = false; !done; lefts.push(await left(seeded))) ({ done } = await call(seeded))
  expect(lefts).toEqual([...lefts].sort((a, b) => b - a))
  expect([...new Set(lefts)]).toEqual([7_000, 5_000, 4_500, 2_500, 500, 0])
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 0, dataDeletedAt: expect.any(Date) })
})

test('a call that is canceled stops after its batch, and what is left is left to the next', async () => {
  const seeded = await doomed()
  const environment = new MockActivityEnvironment()
  environment.cancel()
  await expect(call(seeded, environment)).rejects.toThrow()
  expect(await left(seeded)).toBe(7_000)
  expect(await call(seeded)).toEqual({ done: true })
  expect(await left(seeded)).toBe(0)
})
