import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startRounds } from '../src/rounds.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Rounds that end when the test says so. */
function heldRounds() {
  let begun = 0
  let end: (error?: Error) => void = () => {}
  const failures: unknown[] = []
  const work = () =>
    new Promise<void>((resolve, reject) => {
      begun += 1
      end = (error) => (error ? reject(error) : resolve())
    })
  const stop = startRounds(10, work, (error) => failures.push(error))
  return { stop, failures, begun: () => begun, end: (error?: Error) => end(error) }
}

test('a round that takes long is followed by one, however many have fallen due meanwhile', async () => {
  const rounds = heldRounds()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(rounds.begun()).toBe(1)
  rounds.end()
  await vi.advanceTimersByTimeAsync(10)
  expect(rounds.begun()).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(rounds.begun()).toBe(2)
})

test('a round that fails is told, and the next one comes', async () => {
  const rounds = heldRounds()
  await vi.advanceTimersByTimeAsync(10)
  const failure = new Error('it is away')
  rounds.end(failure)
  await vi.advanceTimersByTimeAsync(10)
  expect([rounds.begun(), rounds.failures]).toEqual([2, [failure]])
})

test('stopping waits for the round that is under way, and begins no other', async () => {
  const rounds = heldRounds()
  await vi.advanceTimersByTimeAsync(10)
  let stopped = false
  const stopping = rounds.stop().then(() => (stopped = true))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(stopped).toBe(false)
  rounds.end()
  await stopping
  await vi.advanceTimersByTimeAsync(1_000)
  expect(rounds.begun()).toBe(1)
})
