import fc from 'fast-check'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'

export const modelEntities = ['PART', 'WORK_ORDER', 'PURCHASE_ORDER'] as const
export type ModelEntity = (typeof modelEntities)[number]

/** What one connection and its source are like. */
export interface Setup {
  seed: number
  records: number
  /** Runs of this many records have equal stamps. */
  tieGroup: number
  pageSize: number
  /** Of a committed batch: smaller than a page, a page is torn. */
  batchRows: number
  lagSeconds: number
  /** How long after its stamp a late write becomes visible; never longer than the lag. */
  lateMs: number
  historyDays: number
  /** Every nth record cannot be mapped; 0: none. */
  malformed: number
  /** Stamps are served cut to the second. */
  coarse: boolean
  /** Every nth request fails in this way; 0: none. */
  faults: { error500: number; reset: number; throttle503: number }
  /** What the source can be asked: which keys are there, and pages in the order of (stamp, key). */
  asksByKey: boolean
  readsByKey: boolean
}

export interface Write {
  op: 'touch' | 'delete' | 'insert'
  entity: ModelEntity
  /** Which records, by their place among those that are there; an insert makes as many. */
  picks: number[]
  /** Stamped `lateMs` before it becomes visible, as by a long transaction. */
  late: boolean
}

/** What can happen in the middle of a run. */
export type Act =
  /** So long after what happened before it. */
  | { do: 'write'; ms: number; write: Write }
  | { do: 'source fails' }
  | { do: 'source refuses'; with: 'AccessDenied' | 'CredentialsRejected' }
  /** The connection breaks: before anything is committed, or after the commit and before its answer. */
  | { do: 'store fails'; committed: boolean }
  /** The attempt stands still, another takes its place, and then it goes on: before or after the run has ended. */
  | { do: 'taken over'; until: 'read' | 'ended' }
  /** The worker is shut down; another goes on. */
  | { do: 'worker stops' }
  /** The run's workflow is gone; the reconciler finds out while the attempt still goes on. */
  | { do: 'workflow lost' }
  | { do: 'cancel'; all: boolean }
  | { do: 'sync'; sync: Sync }
  | LongerHistory
  | { do: 'disconnect' }

/** The connection's history is made so many days longer. */
export interface LongerHistory {
  do: 'longer history'
  days: number
}

/** The codes of failures that the acts of a sequence lead to. */
export const explained = new Set(
  'AccessDenied ConnectionGone CredentialsRejected FenceLost RateLimited RunEnded SourceUnavailable StoreBusy'.split(
    ' ',
  ),
)

/**
 * Before the nth page is asked for, the nth transaction begun, or committed, or an attempt answers for the nth time, by whatever attempt of the
 * entity.
 */
export interface Moment {
  entity: ModelEntity
  point: 'request' | 'begin' | 'commit' | 'answer'
  nth: number
  act: Act
}

export interface Sync {
  mode: Exclude<SyncMode, 'INITIAL'>
  entities: ModelEntity[]
}

export type Step =
  | { step: 'write'; write: Write }
  | { step: 'clock'; ms: number }
  /** The source's clock is set back; ours goes on. */
  | { step: 'clock back'; ms: number }
  /** Temporal was away when the run was asked for: the reconciler starts it. */
  | { step: 'sync'; sync: Sync; moments: Moment[]; temporalAway: boolean }
  | { step: 'update'; change: LongerHistory }
  | { step: 'disconnect' }

export interface Sequence {
  setup: Setup
  /** What happens in the initial run. */
  moments: Moment[]
  steps: Step[]
}

const entity = fc.constantFrom(...modelEntities)
const clockMs = fc.constantFrom(1, 1, 500, 1_999, 2_000, 2_001, 60_000, 86_400_000)

const write: fc.Arbitrary<Write> = fc.record({
  op: fc.constantFrom('touch', 'touch', 'touch', 'insert', 'delete'),
  entity,
  picks: fc.oneof(
    fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }),
    // as many as fill a page or two: a reader that is interrupted by them may not come to what follows
    fc
      .record({ first: fc.nat(30), count: fc.integer({ min: 4, max: 16 }) })
      .map(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
  ),
  late: fc.boolean(),
})

const sync: fc.Arbitrary<Sync> = fc.record({
  mode: fc.constantFrom('INCREMENTAL', 'FULL_RESYNC'),
  entities: fc.uniqueArray(entity, { minLength: 1 }),
})

const longerHistory: fc.Arbitrary<LongerHistory> = fc.record({
  do: fc.constant('longer history'),
  days: fc.constantFrom(30, 365),
})

const anywhere: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write'), ms: fc.constantFrom(0, 1, 1, 500, 60_000), write }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel'), all: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('worker stops') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sync'), sync }) },
  { weight: 1, arbitrary: longerHistory },
)
const rare: fc.Arbitrary<Act> = fc.constantFrom<Act>({ do: 'workflow lost' }, { do: 'disconnect' })
const takenOver: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('taken over'),
  until: fc.constantFrom('read', 'read', 'ended'),
})
const atRequest: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: anywhere },
  { weight: 2, arbitrary: fc.constant<Act>({ do: 'source fails' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('source refuses'),
      with: fc.constantFrom('AccessDenied', 'CredentialsRejected'),
    }),
  },
  { weight: 2, arbitrary: takenOver },
  { weight: 1, arbitrary: rare },
)
const atBegin: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: anywhere },
  { weight: 3, arbitrary: takenOver },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'store fails', committed: false }) },
)
const atCommit: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: anywhere },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('store fails'), committed: fc.boolean() }) },
  { weight: 1, arbitrary: rare },
)
const atAnswer: fc.Arbitrary<Act> = fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 3, arbitrary: takenOver })

const moment = (point: Moment['point'], act: fc.Arbitrary<Act>): fc.Arbitrary<Moment> =>
  fc.record({ entity, point: fc.constant(point), nth: fc.integer({ min: 1, max: point === 'answer' ? 2 : 9 }), act })
const moments = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: moment('request', atRequest) },
    { weight: 1, arbitrary: moment('begin', atBegin) },
    { weight: 1, arbitrary: moment('commit', atCommit) },
    { weight: 1, arbitrary: moment('answer', atAnswer) },
  ),
  { maxLength: 4, size: 'max' },
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ step: fc.constant('write'), write }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('clock'), ms: clockMs }) },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('clock back'), ms: fc.constantFrom(500, 2_001, 60_000, 3_600_000) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      step: fc.constant('sync'),
      sync,
      moments,
      temporalAway: fc.constantFrom(false, false, false, false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('update'), change: longerHistory }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('disconnect') }) },
)

// fewer than what is asked between two places that are kept would keep a run for ever
const everyNth = fc.constantFrom(0, 0, 0, 0, 11, 19)

const setup: fc.Arbitrary<Setup> = fc
  .record({
    seed: fc.nat(1_000),
    records: fc.integer({ min: 0, max: 35 }),
    tieGroup: fc.constantFrom(1, 1, 3, 8),
    // windows take sixteen pages
    pageSize: fc.constantFrom(1, 1, 1, 2, 2, 3, 3, 5, 8),
    batchRows: fc.integer({ min: 2, max: 12 }),
    lagSeconds: fc.constantFrom(0, 2),
    lateMs: fc.constantFrom(0, 0, 500, 2_000),
    historyDays: fc.constantFrom(30, 60, 365),
    malformed: fc.constantFrom(0, 0, 5),
    coarse: fc.constantFrom(false, false, true),
    faults: fc.record({ error500: everyNth, reset: everyNth, throttle503: everyNth }),
    asksByKey: fc.boolean(),
    readsByKey: fc.constantFrom(true, true, false),
  })
  .map((made) => ({ ...made, lateMs: Math.min(made.lateMs, made.lagSeconds * 1_000) }))

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  setup,
  moments,
  steps: fc.array(step, { maxLength: 14, size: 'max' }),
})
