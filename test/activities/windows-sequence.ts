import fc from 'fast-check'
import type { Script } from './scripted-source.ts'

/** What a source is like, and how its answers come. */
export interface Setup {
  records: number
  /** Between the stamps of two neighbours, or of two groups with equal stamps. */
  spacingMs: number
  tieGroup: number
  /** Every nth record has no stamp; 0: none. */
  unstamped: number
  /** So many are stamped shortly before the first run, where no window reaches. */
  recent: number
  pageSize: number
  maxInFlight: number
  windowFilter: Exclude<Script['windowFilter'], 'refuses'>
  asksByKey: boolean
  precisionMs: number
  /** How far our clock is from the source's; null: the source tells its own. */
  skewMs: number | null
  /** Of a committed batch. */
  batchRows: number
  /** Whether it still answers a chain of requests that nobody reads any more. */
  answersUnwanted: boolean
  /** In which order answers and commits come: see turns.ts. */
  choices: number[]
}

export interface Write {
  op: 'touch' | 'insert' | 'delete'
  /** Which records, by their place among those that are there; an insert makes as many. */
  picks: number[]
  /** How long after what was written before it. */
  ms: number
  /** Its stamp is so much earlier, as of a long transaction. */
  lateMs: number
}

export type Act = { do: 'write'; write: Write } | { do: 'fail' } | { do: 'throttle' }

/** Before the nth request for a page behind the moment before it. */
export interface Moment<Happens = Act> {
  after: number
  act: Happens
}

export interface Sequence {
  setup: Setup
  initial: Moment[]
  /** Before the full re-sync. */
  writes: Write[]
  resync: Moment[]
  /** In the last re-sync, while nothing is written. */
  quietResync: Moment<Exclude<Act, { do: 'write' }>>[]
}

const setup: fc.Arbitrary<Setup> = fc.record({
  records: fc.integer({ min: 54, max: 110 }),
  // windows are cut at whole minutes: with the first, many records share one
  spacingMs: fc.constantFrom(4_000, 60_000, 3_600_000, 86_400_000),
  tieGroup: fc.constantFrom(1, 1, 2, 5),
  unstamped: fc.constantFrom(0, 0, 9),
  recent: fc.nat(6),
  pageSize: fc.constantFrom(1, 2, 3),
  maxInFlight: fc.constantFrom(2, 3, 4),
  windowFilter: fc.constantFrom('both', 'both', 'both', 'from only', 'from only', 'until only'),
  asksByKey: fc.boolean(),
  precisionMs: fc.constantFrom(1, 1, 1_000),
  skewMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: -59_000, max: 59_000 }) },
  ),
  batchRows: fc.constantFrom(3, 8, 20, 60),
  answersUnwanted: fc.boolean(),
  choices: fc.array(fc.nat(5), { minLength: 1, maxLength: 40, size: 'max' }),
})

const write: fc.Arbitrary<Write> = fc.record({
  op: fc.constantFrom('touch', 'touch', 'touch', 'insert', 'insert', 'delete'),
  picks: fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
  ms: fc.nat(700),
  lateMs: fc.constantFrom(0, 0, 1, 1_000, 1_999),
})

const failure = fc.constantFrom({ do: 'fail' as const }, { do: 'fail' as const }, { do: 'throttle' as const })
const moments = <T>(act: fc.Arbitrary<T>, most: number): fc.Arbitrary<Moment<T>[]> =>
  fc.array(fc.record({ after: fc.nat(15), act }), { maxLength: most, size: 'max' })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), write }) },
  { weight: 1, arbitrary: failure },
)

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  setup,
  initial: moments(act, 16),
  writes: fc.array(write, { maxLength: 12, size: 'max' }),
  resync: moments(act, 16),
  quietResync: moments(failure, 4),
})
