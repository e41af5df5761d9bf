import type { LimiterProfile } from '../contract.ts'
import { RateLimited } from '../errors.ts'
import type { SourceGate } from './gate.ts'
import type { BudgetSlice, SourceBudget } from './source-gates.ts'

const sliceMs = 1_000
/** A limited slice is spread over this much of it, so that its last request still finds it valid. */
const spreadMs = 900
/** Whoever would wait longer for a source that asked to slow down is sent away, and comes back then. */
const longestWaitMs = 5_000
/** Where a source throttles and does not say for how long. */
const unsaidBlockMs = 1_000
/** However long a source asks for, it is asked again after a day: it may have meant something else. */
const longestBlockMs = 24 * 3_600_000

const noSlice: BudgetSlice = { inFlight: 0, requests: 0, blockedMs: 0 }
/** Less than a whole request is missing only because fractions do not add up exactly. */
const almostOne = 0.999

interface Waiting {
  grant(): void
  refuse(reason: unknown): void
}

/**
 * Requests of one connection in this process, first come, first served. The budget is asked once a second while there is something to
 * do, never for a request; requests of a limited connection are spread over the second.
 */
export function createSharedGate(
  connectionId: string,
  given: LimiterProfile,
  budget: SourceBudget,
): SourceGate & { setProfile(profile: LimiterProfile): void } {
  let profile = given
  const waiting = new Set<Waiting>()
  let inFlight = 0
  let slice = noSlice
  let sliceEnds = 0
  let credit = 0
  let nextAt = 0
  let blockedUntil = 0
  let leasing = false
  let timer: NodeJS.Timeout | undefined

  async function lease() {
    leasing = true
    try {
      const { maxInFlight, requestsPerSecond } = profile
      slice = await budget.lease(connectionId, { maxInFlight, requestsPerSecond, inFlight })
      const now = performance.now()
      sliceEnds = now + sliceMs
      // what was left of a slice is lost, but parts of a request add up
      credit = slice.requests === null ? 0 : (Math.max(0, credit) % 1) + slice.requests
      if (slice.blockedMs > 0) blockedUntil = Math.max(blockedUntil, now + slice.blockedMs)
    } catch (error) {
      slice = noSlice
      sliceEnds = performance.now() + sliceMs
      refuseAll(error)
    } finally {
      leasing = false
    }
    pump()
  }

  function refuseAll(reason: unknown) {
    for (const it of waiting) it.refuse(reason)
    waiting.clear()
  }

  function pump() {
    clearTimeout(timer)
    if (leasing) return
    if (waiting.size === 0 && inFlight === 0) return
    const now = performance.now()
    if (blockedUntil - now > longestWaitMs) {
      const retryAfterMs = Math.ceil(blockedUntil - now)
      refuseAll(
        new RateLimited('The source has asked to slow down. It is asked again when that time is over.', {
          retryAfterMs,
        }),
      )
    }
    // renewed also while nobody waits: other processes must know what is under way
    if (now >= sliceEnds) return void lease()
    while (waiting.size > 0 && now >= blockedUntil && inFlight < slice.inFlight && mayBegin(now)) begin(now)
    timer = setTimeout(pump, Math.max(1, nextChange(now) - now)).unref()
  }

  const mayBegin = (now: number) => slice.requests === null || (credit >= almostOne && now >= nextAt)

  function begin(now: number) {
    const [first] = waiting
    if (!first) return
    waiting.delete(first)
    inFlight += 1
    if (slice.requests !== null) {
      credit -= 1
      nextAt = Math.max(now, nextAt) + spreadMs / Math.max(1, slice.requests)
    }
    first.grant()
  }

  function nextChange(now: number): number {
    if (waiting.size === 0) return sliceEnds
    if (now < blockedUntil) return Math.min(sliceEnds, blockedUntil)
    if (credit >= almostOne && now < nextAt && inFlight < slice.inFlight) return Math.min(sliceEnds, nextAt)
    return sliceEnds
  }

  function release() {
    inFlight -= 1
    pump()
  }

  return {
    setProfile(next) {
      profile = next
    },
    async acquire(signal) {
      signal.throwIfAborted()
      return new Promise((resolve, reject) => {
        const settle = () => {
          waiting.delete(it)
          signal.removeEventListener('abort', aborted)
        }
        const it: Waiting = {
          grant() {
            settle()
            resolve(release)
          },
          refuse(reason) {
            settle()
            reject(reason)
          },
        }
        const aborted = () => it.refuse(signal.reason)
        signal.addEventListener('abort', aborted, { once: true })
        waiting.add(it)
        pump()
      })
    },
    async throttled(retryAfterMs = unsaidBlockMs) {
      const forMs = Math.min(longestBlockMs, retryAfterMs)
      blockedUntil = Math.max(blockedUntil, performance.now() + forMs)
      // the throttling itself is what the caller is told; that the others hear of it late costs a request of theirs
      await budget.block(connectionId, forMs).catch(() => {})
      pump()
    },
  }
}
