import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page, Source } from '../../src/connectors/contract.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { type FaultyRig, startFaulty } from './faulty-rig.ts'

let rig: FaultyRig
/** What happens before the source is asked which records it has. */
let beforeAsked = () => {}
/** Whether records carry a created stamp in place of a modified one. */
let createdOnly = false

beforeAll(async () => {
  rig = await startFaulty(
    { counts: { PART: 120, VENDOR: 40, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 200 } },
    (connector) => ({ ...connector, open: (input) => tampered(connector.open(input)) }),
  )
})
afterAll(() => rig.stop())
beforeEach(() => {
  rig.only({})
  beforeAsked = () => {}
  createdOnly = false
})

function tampered(source: Source): Source {
  const { readWindow: _, ...inOneGo } = source
  return {
    ...(createdOnly ? inOneGo : source),
    async *read(entity, asked) {
      for await (const page of source.read(entity, asked)) yield createdOnly ? withoutModified(page) : page
    },
    async existing(...asked) {
      beforeAsked()
      return source.existing?.(...asked) ?? new Set()
    },
  }
}

const withoutModified = ({ cursor, records }: Page): Page => ({
  cursor,
  *records() {
    for (const it of records()) {
      if (!('record' in it)) yield it
      else
        yield {
          ...it,
          record: { ...it.record, sourceCreatedAt: it.record.sourceUpdatedAt ?? null, sourceUpdatedAt: null },
        }
    }
  },
})

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

test('a key that is revoked, and answered 200 with nothing, before records are asked for deletes none that lists leave out', async () => {
  const { connectionId, run } = await synced(['PART'])
  rig.only({ hideEvery: 10 })
  beforeAsked = () => rig.only({ hideEvery: 10, refuse: true, badKeyEmpty: true })
  expect(await run('FULL_RESYNC')).toMatchObject({
    status: 'FAILED',
    of: { PART: { errorCode: 'ListContradicted', deleted: 0, heldDeletes: 0 } },
  })
  rig.only({})
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})

test.each([['INCREMENTAL'], ['FULL_RESYNC']] as const)(
  'a bad key that is answered 200 with nothing is no success of an %s of records without a modified stamp',
  async (mode) => {
    createdOnly = true
    const { run } = await synced(['PURCHASE_ORDER'])
    rig.only({ refuse: true, badKeyEmpty: true })
    expect(await run(mode)).toMatchObject({
      status: 'FAILED',
      of: { PURCHASE_ORDER: { errorCategory: 'SOURCE_DATA', deleted: 0, heldDeletes: 0 } },
    })
  },
)

test('a change of a line that its header’s stamp does not tell of comes with the next full re-sync, and once', async () => {
  const { connectionId, run } = await synced(['PURCHASE_ORDER'])
  rig.only({ lineTouch: true })
  rig.demo.touch('PURCHASE_ORDER', 7)
  rig.only({})
  const incremental = await run('INCREMENTAL')
  const { of, status } = await run('FULL_RESYNC')
  expect(status).toBe('SUCCEEDED')
  // the record at the watermark is read again in any case
  expect((incremental.of['PURCHASE_ORDER']?.updated ?? 0) + (of['PURCHASE_ORDER']?.updated ?? 0)).toBe(7)
  expect(of['PURCHASE_ORDER']).toMatchObject({ created: 0, deleted: 0, rejected: 0 })
  const { stored, atSource } = await rig.bothSides(connectionId, 'PURCHASE_ORDER')
  expect(stored).toEqual(atSource)
  expect(await run('FULL_RESYNC')).toMatchObject({ of: { PURCHASE_ORDER: { updated: 0, unchanged: 200 } } })
})
