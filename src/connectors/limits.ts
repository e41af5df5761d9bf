import type { LimiterProfile } from './contract.ts'

/** What a system is asked at most where its connector says nothing else. */
export const defaultLimits: LimiterProfile = { maxInFlight: 4, requestsPerSecond: null }

const words = /throttl|too many (requests|calls)|(rate|request|call)s? ?limit|limit exceeded|quota/i

/** For systems that answer 403 or 503, often without a header, where others answer 429: only the body tells. */
export function tellsOfThrottling(
  status: number,
  _headers: Readonly<Record<string, string>>,
  bodyStart: string,
): boolean {
  return (status === 403 || status === 503) && words.test(bodyStart)
}
