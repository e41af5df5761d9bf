import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { type FaultyRig, startFaulty } from './faulty-rig.ts'

let rig: FaultyRig

beforeAll(async () => {
  rig = await startFaulty({ counts: { PART: 120, VENDOR: 40, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 200 } })
})
afterAll(() => rig.stop())
beforeEach(() => void rig.only({}))

async function synced(entities: Parameters<FaultyRig['connect']>[0]) {
  const { connectionId, syncRunId } = await rig.connect(entities)
  expect(await rig.ended(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  return {
    connectionId,
    run: async (mode: SyncMode, which = entities) => rig.ended(await rig.start(connectionId, mode, which)),
  }
}

test.each([['INCREMENTAL'], ['FULL_RESYNC']] as const)(
  'a bad key that is answered 200 with nothing is no success of an %s, and deletes nothing',
  async (mode) => {
    for (const entities of [['PART', 'VENDOR'] as const, ['PART'] as const]) {
      const { connectionId, run } = await synced([...entities])
      rig.only({ refuse: true, badKeyEmpty: true })
      const { status, of } = await run(mode)
      expect(status).toBe('FAILED')
      for (const entity of entities) {
        expect(of[entity]).toMatchObject({ errorCategory: 'SOURCE_DATA', deleted: 0, heldDeletes: 0, attempt: 1 })
      }
      rig.only({})
      const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
      expect(stored).toEqual(atSource)
      expect(await run('INCREMENTAL')).toMatchObject({ status: 'SUCCEEDED' })
    }
  },
)

test('an entity that is empty at the source, which still shows the others, is no contradiction: its deletion is held', async () => {
  const { run } = await synced(['PART', 'VENDOR'])
  const keys = [...rig.demo.all('VENDOR')].map((record) => record.key)
  rig.demo.remove('VENDOR', keys)
  try {
    expect(await run('INCREMENTAL', ['VENDOR'])).toMatchObject({ status: 'SUCCEEDED', of: { VENDOR: { fetched: 0 } } })
    expect(await run('FULL_RESYNC', ['VENDOR'])).toMatchObject({
      of: { VENDOR: { status: 'SUCCEEDED', heldDeletes: 40 } },
    })
  } finally {
    rig.demo.insert('VENDOR', 40)
  }
})

test('a source that ignores the filter is found out at its first page, and not called a success', async () => {
  const { run } = await synced(['PURCHASE_ORDER'])
  rig.only({ ignoreFilter: true })
  const asked = rig.log()
  expect(await run('INCREMENTAL')).toMatchObject({
    status: 'FAILED',
    of: { PURCHASE_ORDER: { errorCategory: 'SOURCE_DATA', errorCode: 'ListContradicted', attempt: 1 } },
  })
  expect(asked().length).toBeLessThan(20)
  rig.only({})
  expect(await run('INCREMENTAL')).toMatchObject({ status: 'SUCCEEDED' })
})

test('records that lists leave out and that are there by key are not deleted', async () => {
  const { connectionId, run } = await synced(['PART'])
  rig.only({ hideEvery: 10 })
  expect(await run('FULL_RESYNC')).toMatchObject({ status: 'SUCCEEDED', of: { PART: { deleted: 0, heldDeletes: 0 } } })
  rig.only({})
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})

test('an incremental window whose only record is hidden by now is empty, and that is true', async () => {
  const { run } = await synced(['PART'])
  const newest = [...rig.demo.all('PART')].at(-1)
  const index = Number(newest?.key.split('-').at(-1))
  rig.only({ hideEvery: index + 1 })
  expect(await run('INCREMENTAL')).toMatchObject({ status: 'SUCCEEDED', of: { PART: { fetched: 0 } } })
})

test('a healthy run is not asked to prove anything', async () => {
  const { run } = await synced(['PART'])
  const asked = rig.log()
  await run('INCREMENTAL')
  // the clock, the count and the page
  expect(asked().map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
    '/api/v1/clock',
    '/api/v1/parts/count',
    '/api/v1/parts',
  ])
})
