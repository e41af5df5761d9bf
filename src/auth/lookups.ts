import { networkOf } from './attempts.ts'
import { AuthenticationError, TooManyLookups } from './errors.ts'
import { createTurns, type TurnLimits } from './turns.ts'

export interface LookupLimits extends TurnLimits {
  /** Good credentials remembered, of all addresses. */
  remembered: number
}

/** Four of the pool's connections at the most: what nobody knows leaves the rest to those who are known. */
export const defaultLookupLimits: LookupLimits = { atOnce: 4, waiting: 1_000, waitMs: 5_000, remembered: 10_000 }

/** Looks up what may be a good credential, whatever else comes from its address. */
export interface Lookups {
  /** At once for a credential that was found good here before, in its turn for others. Throws TooManyLookups when no turn comes in time. */
  look<T>(address: string | null, credential: string, find: () => Promise<T>): Promise<T>
  /** Of one that was given out here. */
  remember(credential: string): void
}

export function createLookups({ remembered, ...limits }: LookupLimits = defaultLookupLimits): Lookups {
  const turns = createTurns(limits)
  const good = new Set<string>()

  function remember(credential: string) {
    if (!good.delete(credential)) turns.admit(credential)
    if (good.size >= remembered) good.delete(good.keys().next().value ?? '')
    good.add(credential)
  }

  async function judged<T>(credential: string, find: () => Promise<T>): Promise<T> {
    try {
      const found = await find()
      remember(credential)
      return found
    } catch (error) {
      if (error instanceof AuthenticationError) good.delete(credential)
      throw error
    }
  }

  return {
    remember,
    async look(address, credential, find) {
      if (good.has(credential)) return judged(credential, find)
      const end = await turns.take(networkOf(address), credential)
      if (!end) throw new TooManyLookups()
      try {
        return await judged(credential, find)
      } finally {
        end()
      }
    },
  }
}
