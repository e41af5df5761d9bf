import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { batchLimits } from '../../src/activities/batches.ts'
import { examples } from './examples.ts'
import { type Ground, openGround } from './ground.ts'
import { type Sequence, sequence } from './sequence.ts'
import { play } from './world.ts'

/**
 * Random sequences of writes at the source, syncs, and what goes wrong in the middle of them, through the real activities, operations and store,
 * against a model of what must be stored. A failure prints the shrunk sequence, with the seed and path to play it again:
 *
 *   MODEL_SEED=7 MODEL_RUNS=5000 MODEL_SECONDS=3600 npx vitest run --config test/vitest.config.ts test/model/model.test.ts
 *   MODEL_SEED=… MODEL_PATH=… (as printed) plays only the sequence that failed; MODEL_SHRINK=0 stops at the first failure
 */
const seed = Number(process.env['MODEL_SEED'] ?? 1)
const numRuns = Number(process.env['MODEL_RUNS'] ?? 100)
const limitMs = Number(process.env['MODEL_SECONDS'] ?? 45) * 1_000
/** So many are played however slow the machine is. */
const fewest = Math.min(numRuns, 20)
const path = process.env['MODEL_PATH']

let ground: Ground
const usual = { ...batchLimits }

beforeAll(async () => {
  ground = await openGround()
})
afterAll(async () => {
  Object.assign(batchLimits, usual)
  await ground.db.close()
})

test(
  'whatever happens in whatever order, what is stored, fed and told is what the source held',
  async () => {
    let played = 0
    let failed = false
    const started = performance.now()
    onTestFinished(() =>
      console.log(`model: ${played} sequences in ${Math.round((performance.now() - started) / 1_000)} s`),
    )
    await fc.assert(
      fc.asyncProperty(sequence, async (given) => {
        // where the machine is slow fewer are played; what has failed is still told, shrunk as far as it came
        if (performance.now() - started > limitMs && (failed || played >= fewest)) return
        await play(ground, given).catch((error: unknown) => {
          failed = true
          throw error
        })
        played += 1
      }),
      {
        seed,
        numRuns,
        // a path counts them among what it leads to
        examples: Object.values(examples).map((example): [Sequence] => [example]),
        endOnFailure: process.env['MODEL_SHRINK'] === '0',
        ...(path === undefined ? {} : { path }),
      },
    )
    expect(played).toBeGreaterThanOrEqual(path === undefined ? fewest : 1)
  },
  limitMs + 240_000,
)
