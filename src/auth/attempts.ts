import ipaddr from 'ipaddr.js'
import { createRate } from './rate.ts'

/** How often an address may do what needs no credential. Held in one process, for a bounded number of addresses. */
export interface Attempts {
  /** Seconds to wait; 0: go on. */
  take(address: string | null): number
  /** Takes back one that does not count after all. */
  giveBack(address: string | null): void
}

export interface AttemptLimits {
  /** So many at once, and then one in each `everyMs`. */
  burst: number
  everyMs: number
  /** Addresses remembered; the one that has been quiet longest is forgotten for a new one. */
  addresses: number
}

export function createAttempts({ addresses, ...limit }: AttemptLimits, now?: () => number): Attempts {
  const rate = createRate({ ...limit, keys: addresses }, now)
  return {
    take: (address) => rate.take(networkOf(address)),
    giveBack: (address) => rate.giveBack(networkOf(address)),
  }
}

/** One subscriber of IPv6 has a /64, as one of IPv4 an address. */
export function networkOf(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString()
}
