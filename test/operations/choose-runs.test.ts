import { describe, expect, test } from 'vitest'
import { chooseRuns } from '../../src/operations/choose-runs.ts'
import type { EntityStanding, OpenRun } from '../../src/store/sync-run-insert.ts'

type Asked = 'INCREMENTAL' | 'FULL_RESYNC'

const open = (mode: OpenRun['mode'], status: OpenRun['status'] = 'RUNNING', name = mode.toLowerCase()): OpenRun => ({
  entityRunId: `entity run of ${name}`,
  syncRunId: name,
  mode,
  status,
})
const standing = (rest: Partial<EntityStanding> = {}): EntityStanding => ({
  entity: 'PART',
  enabled: true,
  succeeded: true,
  dueMode: null,
  schedule: null,
  active: null,
  waiting: null,
  ...rest,
})

const starts = (mode: OpenRun['mode'], slot: 'ACTIVE' | 'WAITING') => ({
  runs: [{ entity: 'PART', mode, slot }],
  attached: [],
  raise: [],
})
const attaches = (syncRunId: string, raise: string[] = []) => ({
  runs: [],
  attached: [{ entity: 'PART', syncRunId }],
  raise,
})

const incremental = open('INCREMENTAL')
const queued = open('INCREMENTAL', 'QUEUED')
const initial = open('INITIAL')
const full = open('FULL_RESYNC')
const canceling = open('INCREMENTAL', 'CANCELING', 'canceling')
const cancelingFull = open('FULL_RESYNC', 'CANCELING', 'canceling')
const waitingFull = open('FULL_RESYNC', 'QUEUED', 'waiting')
const waitingIncremental = open('INCREMENTAL', 'QUEUED', 'waiting')
const raised = ['entity run of waiting']

const table: [Asked, string, Partial<EntityStanding>, object][] = [
  ['INCREMENTAL', 'nothing is active', {}, starts('INCREMENTAL', 'ACTIVE')],
  ['INCREMENTAL', 'an INCREMENTAL is active', { active: incremental }, attaches('incremental')],
  ['INCREMENTAL', 'an INCREMENTAL is queued', { active: queued }, attaches('incremental')],
  ['INCREMENTAL', 'an INITIAL is active', { succeeded: false, active: initial }, attaches('initial')],
  ['INCREMENTAL', 'a FULL_RESYNC is active', { active: full }, attaches('full_resync')],
  [
    'INCREMENTAL',
    'an INCREMENTAL is active and another run waits',
    { active: incremental, waiting: waitingFull },
    attaches('incremental'),
  ],
  ['FULL_RESYNC', 'nothing is active', {}, starts('FULL_RESYNC', 'ACTIVE')],
  ['FULL_RESYNC', 'an INCREMENTAL is active', { active: incremental }, starts('FULL_RESYNC', 'WAITING')],
  [
    'FULL_RESYNC',
    'an INCREMENTAL is active and a FULL_RESYNC waits',
    { active: incremental, waiting: waitingFull },
    attaches('waiting'),
  ],
  ['FULL_RESYNC', 'an INITIAL is active', { succeeded: false, active: initial }, attaches('initial')],
  ['FULL_RESYNC', 'a FULL_RESYNC is active', { active: full }, attaches('full_resync')],
  ['INCREMENTAL', 'the active run is being canceled', { active: canceling }, starts('INCREMENTAL', 'WAITING')],
  ['FULL_RESYNC', 'the active run is being canceled', { active: cancelingFull }, starts('FULL_RESYNC', 'WAITING')],
  [
    'INCREMENTAL',
    'the active run is being canceled and one waits',
    { active: canceling, waiting: waitingFull },
    attaches('waiting'),
  ],
  [
    'FULL_RESYNC',
    'the active run is being canceled and an INCREMENTAL waits',
    { active: canceling, waiting: waitingIncremental },
    attaches('waiting', raised),
  ],
  ['INCREMENTAL', 'the entity never succeeded', { succeeded: false }, starts('INITIAL', 'ACTIVE')],
  ['FULL_RESYNC', 'the entity never succeeded', { succeeded: false }, starts('INITIAL', 'ACTIVE')],
  ['INCREMENTAL', 'it was enabled anew', { dueMode: 'INITIAL' }, starts('INITIAL', 'ACTIVE')],
  ['FULL_RESYNC', 'it was enabled anew', { dueMode: 'INITIAL' }, starts('FULL_RESYNC', 'ACTIVE')],
  ['INCREMENTAL', 'its history was made longer', { dueMode: 'FULL_RESYNC' }, starts('FULL_RESYNC', 'ACTIVE')],
  [
    'FULL_RESYNC',
    'it never succeeded and its INITIAL is being canceled',
    { succeeded: false, active: cancelingFull },
    starts('INITIAL', 'WAITING'),
  ],
]

describe.each(['INCREMENTAL', 'FULL_RESYNC'] as const)('%s asked', (mode) => {
  test.each(
    table.filter(([asked]) => asked === mode).map(([, when, given, expected]) => [when, given, expected] as const),
  )('while %s', (_, given, expected) => {
    expect(chooseRuns([standing(given)], { entities: null, mode })).toMatchObject(expected)
  })
})

test('each entity is decided for itself, in the order asked', () => {
  const standings = [
    standing({ entity: 'VENDOR', active: incremental }),
    standing({ entity: 'PART' }),
    standing({ entity: 'ASSET', active: full }),
    standing({ entity: 'WORK_ORDER', succeeded: false }),
  ]
  expect(chooseRuns(standings, { entities: ['ASSET', 'WORK_ORDER', 'VENDOR', 'PART'], mode: 'FULL_RESYNC' })).toEqual({
    mode: 'FULL_RESYNC',
    runs: [
      { entity: 'WORK_ORDER', mode: 'INITIAL', slot: 'ACTIVE' },
      { entity: 'VENDOR', mode: 'FULL_RESYNC', slot: 'WAITING' },
      { entity: 'PART', mode: 'FULL_RESYNC', slot: 'ACTIVE' },
    ],
    attached: [{ entity: 'ASSET', syncRunId: 'full_resync' }],
    raise: [],
  })
})

test('every waiting run that a full re-sync attaches to is raised', () => {
  const waiting = (name: string) => open('INCREMENTAL', 'QUEUED', name)
  const standings = [
    standing({ entity: 'PART', active: canceling, waiting: waiting('w1') }),
    standing({ entity: 'VENDOR', active: canceling, waiting: waiting('w2') }),
  ]
  expect(chooseRuns(standings, { entities: null, mode: 'FULL_RESYNC' }).raise).toEqual([
    'entity run of w1',
    'entity run of w2',
  ])
})

test('the run is an INITIAL when all of it is', () => {
  expect(chooseRuns([standing({ succeeded: false })], { entities: null, mode: 'INCREMENTAL' }).mode).toBe('INITIAL')
})

test('all means all that are enabled, and naming one twice is naming it once', () => {
  const standings = [standing({ entity: 'VENDOR', enabled: false }), standing()]
  expect(chooseRuns(standings, { entities: null, mode: 'INCREMENTAL' }).runs).toHaveLength(1)
  expect(chooseRuns(standings, { entities: ['PART', 'PART'], mode: 'INCREMENTAL' }).runs).toHaveLength(1)
})

test('an entity that is not synced, or none at all, is refused by its path', () => {
  const standings = [standing({ entity: 'VENDOR', enabled: false }), standing()]
  const choose = (entities: ('PART' | 'VENDOR')[]) => () => chooseRuns(standings, { entities, mode: 'INCREMENTAL' })
  expect(choose(['PART', 'VENDOR'])).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', path: ['entities', '1'] }),
  )
  expect(choose([])).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', path: ['entities'] }))
})
