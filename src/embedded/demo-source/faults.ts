import { type Answer, json, problem } from './api.ts'
import type { Switches } from './switches.ts'

/** What goes wrong with one request: an answer in place of the real one, or the real one broken off in its middle. */
export type Fault = { answer: Answer } | { cutOff: true } | null

const counted = ['error500', 'throttle429', 'throttle403', 'throttle503', 'reset'] as const

const answers: Record<Exclude<(typeof counted)[number], 'reset'>, (headers: Record<string, string>) => Answer> = {
  error500: () => problem(500, 'Something broke.'),
  throttle429: (headers) => ({ ...problem(429, 'Too many requests.'), headers }),
  throttle403: () => problem(403, 'Too many requests: the calls of this minute are used up.'),
  throttle503: (headers) => ({ ...problem(503, 'Busy.'), headers }),
}

/** Counts requests for the switches that say "every nth": each counts from when it was last set. */
export function createFaults(switches: () => Switches) {
  const since = new Map<string, { every: number; requests: number }>()

  const isDue = (name: (typeof counted)[number]) => {
    const every = switches()[name]
    const before = since.get(name)
    const requests = (before?.every === every ? before.requests : 0) + 1
    since.set(name, { every, requests })
    return every > 0 && requests % every === 0
  }

  return {
    next(): Fault {
      const due = counted.filter(isDue)
      const { retryAfter } = switches()
      const headers: Record<string, string> = retryAfter > 0 ? { 'retry-after': String(retryAfter) } : {}
      const [name] = due
      if (name === undefined) return null
      return name === 'reset' ? { cutOff: true } : { answer: answers[name](headers) }
    },
  }
}

/** What an empty source would answer, whatever is asked. */
export const nothing = (action: string | undefined): Answer => {
  if (action === 'count') return json({ count: 0 })
  if (action === 'existing') return json({ keys: [] })
  return json({ items: [], last: null, next: null })
}
