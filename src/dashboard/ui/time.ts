const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' })
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

export function fromNow(at: string, now: number): string {
  const distance = Date.parse(at) - now
  for (const [unit, ms] of units) if (Math.abs(distance) >= ms) return relative.format(Math.round(distance / ms), unit)
  // the page's clock is some seconds slow
  return distance > 10_000 ? 'in a moment' : 'just now'
}

export const inFull = (at: string) => absolute.format(new Date(at))
export const timeOfDay = (at: string) => clockTime.format(new Date(at))

const hourMs = 3_600_000

/** As the API takes a moment. */
export const hoursBefore = (now: number, hours: number) => new Date(now - hours * hourMs).toISOString()

/** How long, in the two largest units: "2 h 5 min", "12.4 s". */
export function inWords(ms: number): string {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}
