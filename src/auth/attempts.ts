import ipaddr from 'ipaddr.js'

/** How often an address may do what needs no credential. Held in one process, for a bounded number of addresses. */
export interface Attempts {
  /** Seconds to wait; 0: go on. */
  take(address: string | null): number
}

export interface AttemptLimits {
  /** So many at once, and then one in each `everyMs`. */
  burst: number
  everyMs: number
  /** Addresses remembered; the one that has been quiet longest is forgotten for a new one. */
  addresses: number
}

export function createAttempts({ burst, everyMs, addresses }: AttemptLimits, now = () => performance.now()): Attempts {
  /** When an address would have all of its burst again. */
  const rested = new Map<string, number>()
  return {
    take(address) {
      const who = networkOf(address)
      const at = now()
      const before = Math.max(rested.get(who) ?? at, at)
      if (before - at > (burst - 1) * everyMs) return Math.ceil((before - at - (burst - 1) * everyMs) / 1000)
      rested.delete(who)
      if (rested.size >= addresses) rested.delete(rested.keys().next().value ?? '')
      rested.set(who, before + everyMs)
      return 0
    },
  }
}

/** One subscriber of IPv6 has a /64, as one of IPv4 an address. */
function networkOf(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString()
}
