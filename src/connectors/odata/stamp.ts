import type { EdmProperty } from './metadata.ts'

/** The start of a window as a literal of the property's type, rounded down to its precision. */
export function windowStart(property: EdmProperty, since: Date): string {
  const iso = since.toISOString()
  if (property.type === 'Edm.Date') return iso.slice(0, 10)
  return property.precision === 0 ? `${iso.slice(0, 19)}Z` : iso
}

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/

/** Whether stamp a is later than b. Texts may differ in zone and number of digits. */
export function isLater(a: string, b: string): boolean {
  if (a.length === b.length && a.endsWith('Z') === b.endsWith('Z') && (a.endsWith('Z') || a.length === 10)) return a > b
  const [x, y] = [split(a), split(b)]
  return x.seconds === y.seconds ? x.fraction > y.fraction : x.seconds > y.seconds
}

/** The smallest stamp above this one with the same number of digits. */
export function tickAfter(stamp: string): string {
  const digits = form.exec(stamp)?.[2] ?? ''
  const unit = 10n ** BigInt(digits.length)
  const ticks = BigInt(split(stamp).seconds) * unit + BigInt(digits || '0') + 1n
  const seconds = new Date(Number(ticks / unit) * 1_000).toISOString().slice(0, 19)
  return digits === '' ? `${seconds}Z` : `${seconds}.${String(ticks % unit).padStart(digits.length, '0')}Z`
}

function split(stamp: string) {
  const [, base = stamp, digits = '', zone = ''] = form.exec(stamp) ?? []
  return { seconds: Date.parse(base + zone) / 1_000, fraction: digits.replace(/0+$/, '') }
}
