import type { LimiterProfile } from '../contract.ts'
import type { SourceGate } from './gate.ts'
import { createSharedGate } from './shared-gate.ts'

/** A connection's budget, shared by all processes that read its source. */
export interface SourceBudget {
  /**
   * Takes this process's part of the next second, or tells how long nobody may ask. What is taken and not used is lost.
   * `inFlight` is under way now and cannot be given back at once.
   */
  lease(
    connectionId: string,
    asked: { maxInFlight: number; requestsPerSecond: number | null; inFlight: number },
  ): Promise<BudgetSlice>
  /** Nobody may ask for so long. */
  block(connectionId: string, forMs: number): Promise<void>
}

export interface BudgetSlice {
  /** How many requests may be under way at once. */
  readonly inFlight: number
  /** How many may be begun, on average; null: any number. May be a fraction: parts add up. */
  readonly requests: number | null
  /** How long the source has asked everybody to wait from now; 0: not at all. */
  readonly blockedMs: number
}

export type SourceGates = (connectionId: string, profile: LimiterProfile) => SourceGate

/** One gate per connection in this process, kept as long as the process lives; behind them all processes share one budget. */
export function createSourceGates(budget: SourceBudget): SourceGates {
  const gates = new Map<string, ReturnType<typeof createSharedGate>>()
  return (connectionId, profile) => {
    const known = gates.get(connectionId)
    if (known) {
      known.setProfile(profile)
      return known
    }
    const gate = createSharedGate(connectionId, profile, budget)
    gates.set(connectionId, gate)
    return gate
  }
}
