import { type AttemptLimits, createAttempts } from './attempts.ts'
import { AuthenticationError, type AuthenticationFailure, TooManyGuesses } from './errors.ts'

export interface GuessLimits extends AttemptLimits {
  /** Good credentials remembered, of all addresses. */
  remembered: number
}

export const defaultGuessLimits: GuessLimits = { burst: 100, everyMs: 1_000, addresses: 10_000, remembered: 10_000 }

/**
 * Looks up a credential unless its address has guessed too often: it costs PostgreSQL nothing then. Throws TooManyGuesses. A credential that was
 * found good before is always looked up, so that whoever shares an address with one who guesses goes on working.
 */
export type Guarded = <T>(address: string | null, credential: string, look: () => Promise<T>) => Promise<T>

export function createGuessLimit({ remembered, ...limits }: GuessLimits, now?: () => number): Guarded {
  const attempts = createAttempts(limits, now)
  const good = new Set<string>()
  /** Those of which nobody knows yet: a program that starts with many requests at once has guessed once at the most. */
  const pending = new Set<string>()

  function remember(credential: string) {
    good.delete(credential)
    if (good.size >= remembered) good.delete(good.keys().next().value ?? '')
    good.add(credential)
  }

  return async (address, credential, look) => {
    const counted = !good.has(credential) && !pending.has(credential)
    if (counted) {
      const wait = attempts.take(address)
      if (wait > 0) throw new TooManyGuesses(wait)
      pending.add(credential)
    }
    try {
      const found = await look()
      remember(credential)
      if (counted) attempts.giveBack(address)
      return found
    } catch (error) {
      if (counted && !isGuess(error)) attempts.giveBack(address)
      throw error
    } finally {
      if (counted) pending.delete(credential)
    }
  }
}

const unknown: readonly AuthenticationFailure[] = ['INVALID', 'SIGNED_OUT']

/** One that is known to have ended was no guess. */
const isGuess = (error: unknown) => error instanceof AuthenticationError && unknown.includes(error.failure)
