import { describe, expect, test, vi } from 'vitest'
import type { RunUnderWay } from '../../src/operations/operations.ts'
import { waitingFor } from '../../src/operations/waiting-for.ts'
import type { LastPolls } from '../../src/temporal/last-polls.ts'

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000)

type Part = RunUnderWay['entities'][number]
const part = (rest: Partial<Part> = {}): Part => ({
  entity: 'PART',
  slot: 'ACTIVE',
  status: 'QUEUED',
  startedAt: null,
  progressAt: null,
  ...rest,
})
const run = (rest: Partial<RunUnderWay> = {}): RunUnderWay => ({
  id: 'run',
  connectionId: 'connection',
  status: 'RUNNING',
  requestedAt: ago(3_600),
  startedAt: ago(3_600),
  entities: [part()],
  ...rest,
})

function temporal(steps: number | null, readers: number | null, attempts = 1) {
  const poll = (seconds: number | null) => ({ taskQueue: 'q', at: seconds === null ? null : ago(seconds) })
  return {
    lastPolls: vi.fn(async (): Promise<LastPolls> => ({ steps: poll(steps), readers: poll(readers) })),
    workflowAttempts: vi.fn(async () => attempts),
  }
}
const whatOf = async (given: ReturnType<typeof temporal>, of: RunUnderWay) =>
  // only this much of it is asked
  (await waitingFor({ temporal: given as never }, of))?.what ?? null

describe('with no worker', () => {
  test.each<[string, RunUnderWay]>([
    ['is queued for 15 seconds', run({ status: 'QUEUED', requestedAt: ago(15) })],
    ['is to be canceled', run({ status: 'CANCELING', entities: [part({ status: 'CANCELING' })] })],
    ['has an entity that is to be canceled', run({ entities: [part({ status: 'CANCELING', startedAt: ago(99) })] })],
    ['has an entity that has not begun', run()],
    [
      'has an entity without progress',
      run({ entities: [part({ status: 'RUNNING', startedAt: ago(999), progressAt: ago(61) })] }),
    ],
    ['has an entity that began and told nothing', run({ entities: [part({ status: 'RUNNING', startedAt: ago(61) })] })],
    ['has read all and is only to be ended', run({ entities: [part({ slot: null, status: 'SUCCEEDED' })] })],
  ])('a run that %s waits for a worker', async (_, waiting) => {
    expect(await whatOf(temporal(null, null), waiting)).toBe('WORKER')
    expect(await whatOf(temporal(91, 91), waiting)).toBe('WORKER')
    expect(await whatOf(temporal(60, 60), waiting)).toBeNull() // an idle worker asks once a minute
  })

  test.each<[string, RunUnderWay]>([
    ['was asked for just now', run({ status: 'QUEUED', requestedAt: ago(10), startedAt: null })],
    ['began just now', run({ startedAt: ago(10) })],
    ['makes progress', run({ entities: [part({ status: 'RUNNING', startedAt: ago(3_600), progressAt: ago(30) })] })],
    [
      'waits for another run only',
      run({ entities: [part({ slot: 'WAITING' }), part({ slot: null, status: 'FAILED' })] }),
    ],
    ['has ended', run({ status: 'SUCCEEDED', entities: [part({ slot: null, status: 'SUCCEEDED' })] })],
  ])('a run that %s waits for nothing, and Temporal is not asked', async (_, quiet) => {
    const asked = temporal(null, null)
    expect(await whatOf(asked, quiet)).toBeNull()
    expect(asked.lastPolls).not.toHaveBeenCalled()
  })
})

test('where workers live and none takes readings, only what is to be read waits', async () => {
  const full = temporal(5, 600)
  expect(await whatOf(full, run())).toBe('READER')
  expect(await whatOf(full, run({ status: 'QUEUED' }))).toBeNull()
  expect(await whatOf(full, run({ status: 'CANCELING' }))).toBeNull()
  expect(await whatOf(full, run({ entities: [part({ slot: null, status: 'SUCCEEDED' })] }))).toBeNull()
})

test('where workers live and fail at its workflow code, a run says so; one lost step is no sign of it', async () => {
  expect(await whatOf(temporal(5, 5, 2), run())).toBeNull()
  const failing = temporal(5, 5, 3)
  expect(await whatOf(failing, run())).toBe('WORKFLOW')
  expect(failing.workflowAttempts).toHaveBeenCalledWith({
    syncRunId: 'run',
    connectionId: 'connection',
    entities: ['PART'],
  })
  failing.workflowAttempts.mockRejectedValue(new Error('Temporal has gone meanwhile'))
  expect(await whatOf(failing, run())).toBeNull()
})

test('when Temporal does not answer a run that waits says so, and no more of why', async () => {
  const lastPolls = () => Promise.reject(new Error('14 UNAVAILABLE: connect 10.0.0.7:7233, token abc'))
  const missing = await waitingFor({ temporal: { lastPolls } as never }, run())
  expect(missing).toMatchObject({ what: 'TEMPORAL' })
  expect(missing?.message).not.toMatch(/UNAVAILABLE|10\.0/)
})
