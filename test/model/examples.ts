import type { Act, Moment, Sequence, Setup, Step } from './sequence.ts'

const setup: Setup = {
  seed: 1,
  records: 24,
  tieGroup: 1,
  pageSize: 2,
  batchRows: 4,
  lagSeconds: 0,
  lateMs: 0,
  historyDays: 30,
  malformed: 0,
  coarse: false,
  faults: { error500: 0, reset: 0, throttle503: 0 },
  asksByKey: false,
  readsByKey: true,
}

const touch = (...picks: number[]): Step => ({
  step: 'write',
  write: { op: 'touch', entity: 'PART', picks, late: false },
})

const sync = (mode: 'INCREMENTAL' | 'FULL_RESYNC', ...moments: Omit<Moment, 'entity'>[]): Step => ({
  step: 'sync',
  sync: { mode, entities: ['PART'] },
  moments: moments.map((moment) => ({ entity: 'PART', ...moment })),
  temporalAway: false,
})

const overtaken: Act = { do: 'taken over', until: 'read' }

/** What chance takes long to come to. */
export const examples = {
  /** What they push back is met in the re-sync's last look alone. */
  'pages full of records that change while a re-sync reads': {
    setup,
    moments: [],
    steps: [
      sync('FULL_RESYNC', {
        point: 'request',
        nth: 4,
        act: {
          do: 'write',
          ms: 60_000,
          write: { op: 'touch', entity: 'PART', picks: [1, 2, 3, 4, 5, 6, 7, 8, 9], late: false },
        },
      }),
    ],
  },
  "a record that gets the watermark's very stamp once the run has read": {
    setup: { ...setup, asksByKey: true },
    moments: [],
    steps: [touch(1), sync('INCREMENTAL'), touch(2)],
  },
  'a run that is canceled before its first commit': {
    setup: { ...setup, asksByKey: true },
    moments: [],
    steps: [
      touch(1, 2, 3, 4, 5),
      { step: 'clock', ms: 60_000 },
      sync('INCREMENTAL', { point: 'begin', nth: 2, act: { do: 'cancel', all: true } }),
    ],
  },
  /** It has compared its batch with what was stored; nothing in it has changed. */
  'an attempt that is overtaken before it commits': {
    setup,
    moments: [],
    steps: [{ step: 'clock', ms: 60_000 }, sync('INCREMENTAL', { point: 'begin', nth: 2, act: overtaken })],
  },
  'an attempt that is overtaken before it commits what has changed': {
    setup,
    moments: [],
    steps: [
      touch(1, 2, 3),
      { step: 'clock', ms: 60_000 },
      sync('INCREMENTAL', { point: 'begin', nth: 2, act: overtaken }),
    ],
  },
  'an attempt that has read to the end and is overtaken before it says so': {
    setup,
    moments: [],
    steps: [touch(1), { step: 'clock', ms: 60_000 }, sync('INCREMENTAL', { point: 'answer', nth: 1, act: overtaken })],
  },
  "the source's clock is set back behind the watermark": {
    setup: { ...setup, lagSeconds: 2 },
    moments: [],
    steps: [
      touch(1, 2, 3, 4, 5, 6),
      { step: 'clock', ms: 60_000 },
      sync('INCREMENTAL'),
      touch(7, 8, 9, 10, 11),
      { step: 'clock back', ms: 3_600_000 },
      touch(0, 2),
      { step: 'clock', ms: 7_200_000 },
      sync('INCREMENTAL'),
    ],
  },
  'a history that is made longer while the first run reads': {
    setup,
    moments: [{ entity: 'WORK_ORDER', point: 'request', nth: 3, act: { do: 'longer history', days: 365 } }],
    steps: [],
  },
} satisfies Record<string, Sequence>
