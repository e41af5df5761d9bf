import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FaultyRig, startFaulty } from './faulty-rig.ts'

let rig: FaultyRig
/** Whether the source tells its time. */
let told = true

beforeAll(async () => {
  rig = await startFaulty(
    { counts: { PART: 150, VENDOR: 1, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } },
    (connector) => ({
      ...connector,
      clock: (config) => ({ ...connector.clock(config), ...(told ? {} : { allowedSkewMs: 120_000 }) }),
      open(input) {
        const source = connector.open(input)
        return { ...source, now: (signal) => (told ? source.now(signal) : Promise.resolve(null)) }
      },
    }),
  )
})
afterAll(() => rig.stop())
beforeEach(() => {
  told = true
  rig.only({})
})

test.each([
  ['stamps are whole seconds', { clockPrecision: 'second' }, { precision: 'second' }, true],
  ['stamps have no zone', { zoneless: '+05:30' }, { utcOffset: '+05:30' }, true],
  [
    'stamps are whole seconds without a zone',
    { clockPrecision: 'second', zoneless: '-08:00' },
    { precision: 'second', utcOffset: '-08:00' },
    true,
  ],
  ['its clock is ahead', { clockSkewMs: 90_000 }, {}, true],
  ['its clock is behind', { clockSkewMs: -45_000 }, {}, true],
  ['its clock is ahead and it does not tell its time', { clockSkewMs: 90_000 }, {}, false],
  ['its clock is behind and it does not tell its time', { clockSkewMs: -45_000 }, {}, false],
  ['changes become visible late', { lateCommitMs: 1_500 }, { lagSeconds: 2 }, true],
  ['changes become visible late and it does not tell its time', { lateCommitMs: 1_500 }, { lagSeconds: 2 }, false],
  [
    'everything at once',
    { clockPrecision: 'second', zoneless: '+02:00', clockSkewMs: 30_000, lateCommitMs: 900 },
    { precision: 'second', utcOffset: '+02:00', lagSeconds: 3 },
    true,
  ],
] as const)('nothing is lost where %s', async (_, switches, config, tells) => {
  told = tells
  rig.only(switches)
  // a clock that was set back, from the test before: what it has stamped is due in minutes
  const early = [...rig.demo.all('PART')].filter(({ modified }) => modified > rig.demo.now())
  rig.demo.remove(
    'PART',
    early.map(({ key }) => key),
  )
  const { connectionId, syncRunId } = await rig.connect(['PART'], { pageSize: 20, ...config })
  const { lateCommitMs = 0 } = switches as { lateCommitMs?: number }
  let busy = true
  const work = (async () => {
    for (let i = 0; busy; i++) {
      // one of two transactions is long: the other's later stamps are seen before its earlier ones
      rig.demo.setSwitches({ lateCommitMs: i % 2 === 0 ? lateCommitMs : 0 })
      rig.demo.touch('PART', 1 + (i % 3))
      if (i % 4 === 0) rig.demo.insert('PART', 1)
      await pause(15)
    }
  })()
  try {
    expect(await rig.ended(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
    for (let round = 0; round < 3; round++) {
      expect(await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART']))).toMatchObject({
        status: 'SUCCEEDED',
      })
    }
  } finally {
    busy = false
    await work
  }
  await pause(lateCommitMs + 20) // until all that was changed can be seen
  expect(await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART']))).toMatchObject({
    status: 'SUCCEEDED',
    of: { PART: { rejected: 0 } },
  })
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})

test('stamps of the future do not carry the watermark beyond the end: what comes after is read', async () => {
  rig.only({ clockSkewMs: 3_600_000 })
  rig.demo.touch('PART', 3)
  rig.only({})
  const { connectionId, syncRunId } = await rig.connect(['PART'], { pageSize: 200 })
  const { of } = await rig.ended(syncRunId)
  const end = of['PART']?.windowEnd ?? new Date(0)
  const state = await rig.db.prisma.entityState.findUniqueOrThrow({
    where: { connectionId_entity: { connectionId, entity: 'PART' } },
  })
  expect(Date.parse(state.watermark ?? '')).toBeLessThanOrEqual(end.getTime() - 2_000)
  rig.demo.touch('PART', 4)
  await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART']))
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})

test('a clock that is set back hides nothing: neither what it has stamped since nor what it had stamped before', async () => {
  rig.only({ clockSkewMs: 3_600_000 })
  rig.demo.touch('PART', 1)
  await pause(2_100) // beyond the lag, so that the watermark is ahead by the hour
  const { connectionId, syncRunId } = await rig.connect(['PART'], { pageSize: 20 })
  expect(await rig.ended(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  rig.demo.touch('PART', 45)
  rig.only({})
  rig.demo.touch('PART', 5)
  rig.demo.insert('PART', 3)
  expect(await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART']))).toMatchObject({ status: 'SUCCEEDED' })
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})
