import type { Page } from '../connectors/contract.ts'
import { defaultLimits } from '../connectors/limits.ts'
import type { OpenRun } from './open-run.ts'

/** More gain little: a few requests under way hide a source's latency. */
const mostChains = 4
/** What two pages may weigh together: a source with pages this large is quick enough in one chain, and memory must not grow with the chains. */
const mostWeight = 4 * 1024 * 1024

/** How many chains of requests, one under way in each, a connection's limiter gives something to do. */
export function chainsOf(open: OpenRun): number {
  const { maxInFlight, requestsPerSecond } = open.connector.limits?.(open.config) ?? defaultLimits
  return requestsPerSecond !== null && requestsPerSecond < mostChains ? 1 : Math.min(mostChains, maxInFlight)
}

export const isHeavy = (page: Page) => (page.bytes ?? 0) * 2 > mostWeight
