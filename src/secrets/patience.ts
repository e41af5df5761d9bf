import { setTimeout as pause } from 'node:timers/promises'
import { SecretStoreUnavailable } from './secret-store.ts'

/** How long a store is waited for before the caller hears that it is away. */
export interface Patience {
  attempts: number
  /** Of one attempt, from its start to the end of the answer. */
  attemptMs: number
  /** Before the second attempt; doubles with each further one. */
  firstDelayMs: number
  /** A store that asks for a longer wait is not asked again: the caller has retries of its own. */
  longestDelayMs: number
}

export const usualPatience: Patience = { attempts: 4, attemptMs: 5_000, firstDelayMs: 250, longestDelayMs: 3_000 }

/**
 * Calls a store until it answers or patience ends; only SecretStoreUnavailable is worth another attempt. The work is repeated after an attempt whose
 * outcome nobody knows: it must be such that this is safe.
 */
export async function patiently<T>(
  store: string,
  { attempts, attemptMs, firstDelayMs, longestDelayMs }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await within(store, attemptMs, work)
    } catch (error) {
      if (!(error instanceof SecretStoreUnavailable) || attempt >= attempts) throw error
      const asked = error.retryAfterMs ?? 0
      if (asked > longestDelayMs) throw error
      const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
      await pause(Math.max(backOff, asked))
    }
  }
}

/** The signal alone would not do: an SDK that is looking for credentials does not heed it. */
async function within<T>(store: string, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new SecretStoreUnavailable(`${store} did not answer within ${ms / 1_000} s.`))
      controller.abort()
    }, ms)
  })
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Retry-After in seconds, or as a date. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

/** The code of a failure below HTTP, such as ECONNREFUSED: of an error only what the system has written into it. */
export function networkCode(error: unknown): string {
  for (let at = error, levels = 0; at instanceof Error && levels < 4; at = innermost(at), levels++) {
    const code = 'code' in at ? at.code : undefined
    if (
      typeof code === 'string' &&
      /^(E[A-Z]{2,20}|UND_ERR_[A-Z_]{2,30}|CERT_[A-Z_]{2,40}|[A-Z]+_CERT[A-Z_]*)$/.test(code)
    )
      return code
  }
  return 'no connection'
}

const innermost = (error: Error) => (error instanceof AggregateError ? error.errors[0] : error.cause)
