import type { Sequence, Setup } from './sequence.ts'

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

/** Played before all others: what chance takes long to come to. */
export const examples: [Sequence][] = [
  // pages full of records that change while a re-sync reads: what they push back is met in its last look alone
  [
    {
      setup,
      moments: [],
      steps: [
        {
          step: 'sync',
          sync: { mode: 'FULL_RESYNC', entities: ['PART'] },
          moments: [
            {
              entity: 'PART',
              point: 'request',
              nth: 4,
              act: {
                do: 'write',
                ms: 60_000,
                write: { op: 'touch', entity: 'PART', picks: [1, 2, 3, 4, 5, 6, 7, 8, 9], late: false },
              },
            },
          ],
          temporalAway: false,
        },
      ],
    },
  ],
  // a record that gets the watermark's very stamp once the run has read
  [
    {
      setup: { ...setup, asksByKey: true },
      moments: [],
      steps: [
        { step: 'write', write: { op: 'touch', entity: 'PART', picks: [1], late: false } },
        { step: 'sync', sync: { mode: 'INCREMENTAL', entities: ['PART'] }, moments: [], temporalAway: false },
        { step: 'write', write: { op: 'touch', entity: 'PART', picks: [2], late: false } },
      ],
    },
  ],
]
