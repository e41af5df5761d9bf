import { expect, test } from 'vitest'
import { type Activity, activityAfter, readings, runUnderWay } from '../../src/dashboard/connections/activity.ts'
import { liveAgain, nothingTold, toldAfter, toldBeside } from '../../src/dashboard/connections/told.ts'
import type {
  EntityType,
  EventFieldsFragment,
  SyncEventType,
  SyncStatus,
} from '../../src/dashboard/generated/documents.ts'
import { countsOf } from './counts.ts'

const event = (
  connectionId: string,
  type: SyncEventType,
  entity: EntityType,
  fetched: number,
  estimatedTotal: number | null = null,
): EventFieldsFragment => ({
  __typename: 'SyncEvent',
  sequence: '1',
  type,
  at: '2026-01-01T00:00:00Z',
  connectionId,
  syncRunId: 'run',
  entity,
  status: type === 'ENTITY_FINISHED' ? 'SUCCEEDED' : 'RUNNING',
  estimatedTotal,
  message: null,
  counts: { __typename: 'SyncCounts', ...countsOf(fetched) },
})

const row = (entity: EntityType, status: SyncStatus | null, fetched = 0, syncRunId = 'run') => {
  const run =
    status === null
      ? null
      : { syncRunId, status, estimatedTotal: null, counts: { __typename: 'SyncCounts' as const, fetched } }
  const open = status === 'RUNNING' || status === 'QUEUED' || status === 'CANCELING'
  return { entity, currentRun: open ? run : null, lastRun: open ? null : run }
}

const nothing: Activity = new Map()
const shown = new Set(['a', 'b'])

test('events of connections that are not shown change nothing, and those of one leave the others as they are', () => {
  expect(activityAfter(nothing, [event('z', 'ENTITY_PROGRESS', 'PART', 1)], shown)).toBe(nothing)
  const both = activityAfter(
    nothing,
    [event('a', 'ENTITY_PROGRESS', 'PART', 1), event('b', 'ENTITY_PROGRESS', 'PART', 1)],
    shown,
  )
  const next = activityAfter(both, [event('a', 'ENTITY_PROGRESS', 'PART', 2)], shown)
  expect(next.get('b')).toBe(both.get('b'))
  expect([...activityAfter(next, [event('a', 'ENTITY_PROGRESS', 'PART', 3)], new Set(['a'])).keys()]).toEqual(['a'])
})

test('what a run has read never goes back, also when one of its entities ends before the others', () => {
  const entities = [row('WORK_ORDER', 'RUNNING'), row('VENDOR', 'RUNNING')]
  const told = [
    event('a', 'ENTITY_PROGRESS', 'WORK_ORDER', 300_000, 300_000),
    event('a', 'ENTITY_PROGRESS', 'VENDOR', 5_000, 60_000),
  ]
  const before = activityAfter(nothing, told, shown)
  expect(runUnderWay(readings(entities, before.get('a')))).toEqual({
    syncRunId: 'run',
    fetched: 305_000,
    total: 360_000,
  })
  const after = activityAfter(before, [event('a', 'ENTITY_FINISHED', 'WORK_ORDER', 300_000)], shown)
  const expected = { syncRunId: 'run', fetched: 305_000, total: 360_000 }
  expect(runUnderWay(readings(entities, after.get('a')))).toEqual(expected)
  // read again meanwhile
  const read = [row('WORK_ORDER', 'SUCCEEDED', 300_000), row('VENDOR', 'RUNNING', 4_000)]
  expect(runUnderWay(readings(read, after.get('a')))).toEqual(expected)
})

test('a row that was read later than the events counts, and an event of a newer run than the row', () => {
  const ended = activityAfter(nothing, [event('a', 'ENTITY_FINISHED', 'PART', 7)], shown).get('a')
  expect(runUnderWay(readings([row('PART', 'RUNNING', 1, 'later')], ended))).toMatchObject({ syncRunId: 'later' })
  expect(runUnderWay(readings([row('PART', 'RUNNING', 6)], ended))).toBeNull()
  const begun = activityAfter(nothing, [event('a', 'ENTITY_STARTED', 'PART', 0)], shown).get('a')
  expect(runUnderWay(readings([row('PART', 'SUCCEEDED', 9, 'earlier')], begun))).toMatchObject({ syncRunId: 'run' })
  expect(runUnderWay(readings([row('PART', 'QUEUED')], undefined))).toBeNull()
  expect(runUnderWay(readings([row('PART', 'QUEUED')], begun))).toMatchObject({ syncRunId: 'run' })
})

test('a total that was read stays where an event tells none', () => {
  const counted = row('PART', 'RUNNING', 6)
  const entities = [{ ...counted, currentRun: counted.currentRun && { ...counted.currentRun, estimatedTotal: 90 } }]
  const told = (type: SyncEventType) => activityAfter(nothing, [event('a', type, 'PART', 7)], shown).get('a')
  expect(runUnderWay(readings(entities, told('ENTITY_RETRYING')))).toMatchObject({ fetched: 7, total: 90 })
  expect(runUnderWay(readings(entities, told('ENTITY_CANCELING')))).toMatchObject({ fetched: 7, total: 90 })
})

test('after a break nothing goes back until an answer is there that was asked for since, and then nothing of before counts', () => {
  const readAt = (told: typeof nothingTold, askedAt: number) =>
    readings([row('PART', 'RUNNING', 10)], toldBeside(told, askedAt).get('a')).map(({ fetched }) => fetched)
  const before = toldAfter(nothingTold, [event('a', 'ENTITY_PROGRESS', 'PART', 500)], shown)
  expect(readAt(before, 100)).toEqual([500])
  const live = liveAgain(before, 100, 200)
  expect(readAt(live, 100)).toEqual([500])
  expect(readAt(live, 201)).toEqual([10])
  const twice = liveAgain(live, 100, 300)
  expect(readAt(twice, 201)).toEqual([500])
  const told = toldAfter(twice, [event('a', 'ENTITY_PROGRESS', 'PART', 700)], shown)
  expect([readAt(told, 100), readAt(told, 301)]).toEqual([[700], [700]])
  // its end was missed, and that of the next one: the row knows
  const other = [row('PART', 'SUCCEEDED', 9, 'later')]
  expect(runUnderWay(readings(other, toldBeside(live, 201).get('a')))).toBeNull()
})
