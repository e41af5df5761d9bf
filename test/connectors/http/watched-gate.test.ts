import { expect, test } from 'vitest'
import type { SourceGate } from '../../../src/connectors/http/gate.ts'
import { watchGate } from '../../../src/connectors/http/watched-gate.ts'
import { eventually } from '../../eventually.ts'

const open = () => new AbortController().signal

/** A limiter that lets through whom it is told to. */
function handGate() {
  const waiting: (() => void)[] = []
  const state = { underWay: 0 }
  const gate: SourceGate = {
    acquire: () =>
      new Promise((resolve) =>
        waiting.push(() => {
          state.underWay += 1
          resolve(() => {
            state.underWay -= 1
          })
        }),
      ),
    throttled: async () => {},
  }
  return { gate, state, letOneThrough: () => waiting.shift()?.() }
}

/** A reader's place that is given back when the test says so. */
function handPlace() {
  const state = { idle: 0, asked: 0 }
  let settle: { resolve: () => void; reject: (reason: unknown) => void } | undefined
  const onIdle = () => {
    state.idle += 1
    return (signal: AbortSignal) => {
      state.asked += 1
      return new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    }
  }
  return { state, onIdle, giveBack: () => settle?.resolve() }
}

test('a reader whose requests all wait is idle, and asks once for its place before they go out', async () => {
  const { gate, state, letOneThrough } = handGate()
  const place = handPlace()
  const watched = watchGate(gate, place.onIdle)
  const out: number[] = []
  const requests = [1, 2].map((i) => watched.acquire(open()).then(() => out.push(i)))
  await eventually('idle', async () => place.state.idle === 1)
  letOneThrough()
  letOneThrough()
  await eventually('asked for its place', async () => place.state.asked === 1)
  expect(out).toEqual([])
  place.giveBack()
  await Promise.all(requests)
  expect([out, place.state.asked, state.underWay]).toEqual([[1, 2], 1, 2])
})

test('a request that is given up while it waits for the place gives back its turn, and its reader comes back all the same', async () => {
  const { gate, state, letOneThrough } = handGate()
  const place = handPlace()
  const watched = watchGate(gate, place.onIdle)
  const giveUp = new AbortController()
  const given = watched.acquire(giveUp.signal)
  await eventually('idle', async () => place.state.idle === 1)
  letOneThrough()
  await eventually('asked for its place', async () => place.state.asked === 1)
  giveUp.abort(new Error('canceled'))
  await expect(given).rejects.toThrow('canceled')
  expect(state.underWay).toBe(0)

  expect(place.state.asked).toBe(2)
  const next = watched.acquire(open())
  letOneThrough()
  place.giveBack()
  await next
  expect(place.state).toEqual({ idle: 1, asked: 2 })
  expect(state.underWay).toBe(1)
})
