import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import fc from 'fast-check'
import { afterAll, beforeAll, inject, test } from 'vitest'
import { batchLimits } from '../../src/activities/batches.ts'
import { createLogger } from '../../src/log.ts'
import { registerSearchAttributes } from '../../src/temporal/search-attributes.ts'
import { forwardSdkLogsOnce } from '../sdk-logs.ts'
import { type Ground, openGround } from './ground.ts'
import { sequence } from './sequence.ts'
import { play } from './world.ts'

/**
 * A few of the sequences of model.test.ts with the workflows themselves on Temporal: MODEL_SEED=…, MODEL_WORKFLOW_RUNS=… for others and more. What
 * would take time-outs (attempts that stand still, workers that die) is left to model.test.ts and to chaos.
 */
const seed = Number(process.env['MODEL_SEED'] ?? 1)
const numRuns = Number(process.env['MODEL_WORKFLOW_RUNS'] ?? 3)

let ground: Ground
let connection: Connection
let native: NativeConnection
const usual = { ...batchLimits }

beforeAll(async () => {
  const address = inject('temporalAddress')
  forwardSdkLogsOnce(createLogger({ level: 'error' }))
  connection = await Connection.connect({ address })
  await registerSearchAttributes(connection, 'default')
  native = await NativeConnection.connect({ address })
  ground = await openGround()
})
afterAll(async () => {
  Object.assign(batchLimits, usual)
  await native.close()
  await connection.close()
  await ground.db.close()
})

test(
  'through the workflows, too, what is stored, fed and told is what the source held',
  async () => {
    const few = sequence.map((given) => ({ ...given, steps: given.steps.slice(0, 4) }))
    await fc.assert(
      fc.asyncProperty(few, async (given) => {
        const temporal = { client: new Client({ connection }), native, taskQueue: `model-${randomUUID()}` }
        await play({ ...ground, temporal }, given)
      }),
      { seed, numRuns, endOnFailure: true },
    )
  },
  60_000 + numRuns * 60_000,
)
