import { readdirSync } from 'node:fs'
import { DeterminismViolationError } from '@temporalio/workflow'
import { Worker } from '@temporalio/worker'
import { beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts'
import * as workflows from '../../workflows/index.ts'
import { forwardSdkLogsOnce } from '../sdk-logs.ts'
import { historiesFolder } from './keep-history.ts'
import { type History, readHistory } from './read-history.ts'

/*
 * Every history in the folder was recorded from a run of an earlier version of the workflows. A worker that takes over such a run replays its history
 * with the code of today, which must give the same commands in the same order.
 *
 * A failure means: workflows that run in production now would stop at the point named until the change is taken back. Do not record the histories anew
 * to make it pass. Put the change behind patched(), as docs/decisions says under "Changing a workflow".
 */

const names = readdirSync(historiesFolder).filter((name) => name.endsWith('.json'))
const read = (name: string) => readHistory(`${historiesFolder}${name}`)
const typeOf = (history: History) => /"workflowType":\{"name":"(\w+)"\}/.exec(JSON.stringify(history.events[0]))?.[1]

beforeAll(() => forwardSdkLogsOnce(createLogger({ level: 'error' })))

async function replay(name: string, history: History) {
  const { code } = await workflowBundle()
  try {
    await Worker.runReplayHistory({ workflowBundle: { code } }, history)
  } catch (cause) {
    throw new Error(
      `${name} was recorded from a real run, and the workflows of today do not replay it: such a run would stop after a deployment. ` +
        'Put the change behind patched(); see docs/decisions, "Changing a workflow".',
      { cause },
    )
  }
}

test('there are recorded histories of every workflow', () => {
  expect(names.length).toBeGreaterThan(0)
  expect([...new Set(names.map((name) => typeOf(read(name))))].sort()).toEqual(Object.keys(workflows).sort())
})

describe('the workflows of today replay what was recorded', () => {
  test.each(names)('%s', (name) => replay(name, read(name)))
})

test('other steps than those recorded are noticed', async () => {
  for (const name of names.filter((candidate) => /^(run|reader)-initial/.test(candidate))) {
    const history = read(name)
    for (const event of history.events) rename(event, { finishEntity: 'endEntity', finishRun: 'endRun' })
    await expect(replay(name, history)).rejects.toMatchObject({
      message: expect.stringContaining('patched()'),
      cause: { name: DeterminismViolationError.name },
    })
  }
})

/** The activity that an event tells of, if it is one of these. */
function rename(event: object, names: Record<string, string>) {
  const { activityTaskScheduledEventAttributes: scheduled } = event as {
    activityTaskScheduledEventAttributes?: { activityType: { name: string } } | null
  } // the proto's shape
  const name = scheduled && names[scheduled.activityType.name]
  if (name) scheduled.activityType.name = name
}
