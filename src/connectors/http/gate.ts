import { createSlots } from './slots.ts'

/** Says when the next request may go out. */
export interface SourceGate {
  /** Resolves to what ends the turn; rejects with the signal's reason, or RateLimited where the wait would be long. */
  acquire(signal: AbortSignal): Promise<() => void>
  /** The source asks to slow down, for so long where it says; whoever shares the gate waits. */
  throttled(retryAfterMs: number | undefined): Promise<void>
}

/** A gate that nobody shares: it bounds what is under way at once. */
export function createLocalGate(maxInFlight: number): SourceGate {
  const slots = createSlots(maxInFlight)
  return { acquire: (signal) => slots.take(signal), throttled: async () => {} }
}
