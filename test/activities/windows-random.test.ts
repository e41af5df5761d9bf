import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { batchLimits } from '../../src/activities/batches.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'
import { sequence } from './windows-sequence.ts'
import { play } from './windows-world.ts'

/**
 * Random sources, writes while their windows are read, failures and resumes; what is stored must be what the source holds. A failure prints the
 * shrunk sequence, with the seed and path to play it again:
 *
 *   WINDOWS_SEED=7 WINDOWS_RUNS=2000 npm test -- test/activities/windows-random
 *   WINDOWS_SEED=… WINDOWS_PATH=… (as printed) plays only the sequence that failed; WINDOWS_SHRINK=0 stops at the first failure
 */
const seed = Number(process.env['WINDOWS_SEED'] ?? 1)
const numRuns = Number(process.env['WINDOWS_RUNS'] ?? 36)
const path = process.env['WINDOWS_PATH']
/** Far more than they take; it is there to end the shrinking of a failure. */
const limitMs = 30_000 + numRuns * 1_500

let db: Database
const usual = { ...batchLimits }

beforeAll(async () => {
  db = await openFreshDatabase()
  await db.pool.query('UPDATE environment SET credit_total = 1000000') // each sequence takes a connection and five runs
})
afterAll(async () => {
  Object.assign(batchLimits, usual)
  await db.close()
})

test(
  'whatever is written and fails while windows are read, what is stored is what the source held',
  async () => {
    const played = { all: 0, byWindows: 0, resumed: 0 }
    const started = performance.now()
    onTestFinished(() => {
      const seconds = Math.round((performance.now() - started) / 1_000)
      console.log(
        `windows: ${played.all} sequences, ${played.byWindows} by windows, ${played.resumed} resumed, ${seconds} s`,
      )
    })
    await fc.assert(
      fc.asyncProperty(sequence, async (given) => {
        const { byWindows, resumed } = await play(db, given)
        played.all += 1
        if (byWindows) played.byWindows += 1
        if (resumed) played.resumed += 1
      }),
      {
        seed,
        numRuns,
        interruptAfterTimeLimit: limitMs,
        endOnFailure: process.env['WINDOWS_SHRINK'] === '0',
        ...(path === undefined ? {} : { path }),
      },
    )
    if (path !== undefined) return
    expect(played.byWindows).toBeGreaterThan(played.all / 2)
    expect(played.resumed).toBeGreaterThan(played.all / 3)
  },
  limitMs + 60_000,
)
