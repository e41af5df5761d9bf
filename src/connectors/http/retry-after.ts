/**
 * How long a Retry-After header asks to wait, in milliseconds; undefined where it says nothing usable. A date is
 * measured against the answer's own Date header, for the server's clock may differ from ours.
 */
export function retryAfterMs(header: string | undefined, serverNow: Date | null): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000)
  const until = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(until)) return undefined
  return Math.max(0, until - (serverNow?.getTime() ?? Date.now()))
}
