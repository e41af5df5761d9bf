import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { type PingSweep, sweepPings } from '../../src/http/sockets/ping-sweep.ts'

// Lines that take minutes, in a time of their own.

const everyMs = 12_000
let pings: PingSweep

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  pings = sweepPings(everyMs)
})
afterEach(() => {
  pings.stop()
  vi.useRealTimers()
})

const outside = 4 * 1024 * 1024

/** A socket whose kernel and proxies hold 4 MB, before a line of so many bytes a millisecond. It answers each ping when all before it was taken. */
class SlowLine extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  /** In this time. */
  pingedAt: number[] = []
  ponged = 0
  readonly wire = { bytesWritten: 0 }
  readonly #queue: { bytes: number; isPing: boolean }[] = []

  constructor(readonly bytesPerMs: number) {
    super()
    pings.watch(this as unknown as WebSocket, this.wire as unknown as Socket) // what a sweep knows of them
  }

  get bufferedAmount() {
    return Math.max(0, this.#queue.reduce((sum, { bytes }) => sum + bytes, 0) - outside)
  }

  write(bytes: number, isPing = false) {
    this.wire.bytesWritten += bytes
    this.#queue.push({ bytes, isPing })
  }

  ping() {
    this.pingedAt.push(performance.now())
    this.write(2, true)
  }

  terminate() {
    this.readyState = 3
  }

  /** Lets the time pass in which it takes what it can. */
  pass(ms: number) {
    for (let passed = 0; passed < ms && this.readyState === this.OPEN; passed += 100) {
      vi.advanceTimersByTime(100)
      let room = this.bytesPerMs * 100
      for (let first = this.#queue[0]; first && room > 0; first = this.#queue[0]) {
        const taken = Math.min(room, first.bytes)
        first.bytes -= taken
        room -= taken
        if (first.bytes > 0) break
        this.#queue.shift()
        if (first.isPing) this.#pong()
      }
    }
  }

  #pong() {
    this.ponged += 1
    this.emit('pong')
  }
}

test.each([
  { what: 'a page that is smaller than what the buffers hold', bytesPerMs: 60, sizes: [2.4e6] },
  { what: 'a page behind others, whose pings are answered late', bytesPerMs: 60, sizes: [1.3e6, 0.3e6, 0, 2.4e6] },
  { what: 'a page that waits in the process as well', bytesPerMs: 25, sizes: [8e6] },
  { what: 'pages of many operations', bytesPerMs: 60, sizes: [40e6] },
])('$what is waited for', ({ bytesPerMs, sizes }) => {
  const line = new SlowLine(bytesPerMs)
  for (const bytes of sizes) {
    line.pass(5_000)
    line.write(bytes)
  }
  line.pass((2 * sizes.reduce((sum, bytes) => sum + bytes, 0)) / bytesPerMs + 10 * everyMs)
  expect(line.readyState).toBe(line.OPEN)
  expect(line.ponged).toBeGreaterThan(1)
})

test.each([0, 2_000])('who is gone with %d bytes before it is ended by the time of its next ping', (bytes) => {
  const line = new SlowLine(0)
  line.write(bytes)
  line.pass(60_000)
  expect(line.readyState).not.toBe(line.OPEN)
  expect(line.pingedAt).toHaveLength(1)
  expect(performance.now() - (line.pingedAt[0] ?? 0)).toBeLessThan(1.25 * everyMs)
})

test('who is gone with much before it is ended when a slow line would have carried as much as the buffers may hold', () => {
  const line = new SlowLine(0)
  line.write(outside - 1_000)
  line.pass(10 * 60_000)
  expect(line.readyState).not.toBe(line.OPEN)
})
