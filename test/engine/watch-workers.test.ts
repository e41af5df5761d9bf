import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { watchWorkers } from '../../src/operations/watch-workers.ts'
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({ counts: { VENDOR: 1, PART: 1, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
  await workflowBundle() // making it holds this process up, and Temporal would seem away
})
afterAll(() => engine.stop())

test('the log tells once that no worker takes work, and once that workers are back', async () => {
  const { temporal } = engine.deps
  const log = Object.assign(Object.create(engine.deps.log), { warn: vi.fn(), info: vi.fn() })
  // a Temporal that is slow to answer is not what this is about
  const lastPolls = vi.fn(() => eventually('an answer', () => temporal.lastPolls().catch(() => null)))
  const stop = watchWorkers({ temporal: { ...temporal, lastPolls }, log }, 20)
  const manyLooks = async () => {
    const seen = lastPolls.mock.calls.length
    await eventually('looks', () => lastPolls.mock.calls.length > seen + 20)
  }
  try {
    await manyLooks()
    const told = [{ missing: 'WORKER' }, expect.stringContaining(`the task queue "${engine.taskQueue}"`)]
    expect([log.warn.mock.calls, log.info.mock.calls]).toEqual([[told], []])
    await engine.startWorker()
    await eventually('word that workers are back', () => log.info.mock.calls.length > 0)
    await manyLooks()
    expect([log.warn.mock.calls, log.info.mock.calls]).toEqual([[told], [['workers take work again']]])
  } finally {
    stop()
  }
})
