const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/

/** The day as it is written, in whatever zone the source writes it; null where the text is no date. */
export function plainDate(text: string): string | null {
  const day = form.exec(text.trim())?.[1]
  return day !== undefined && isDay(day) ? day : null
}

/**
 * The moment in UTC, with the fraction's digits as they are; without a zone it counts as UTC. Null where it is none.
 */
export function utcDateTime(text: string): string | null {
  const parts = form.exec(text.trim())
  const day = parts?.[1]
  if (day === undefined || !isDay(day)) return null
  const [, , minutes = '00:00', seconds = ':00', digits = '', zone = 'Z'] = parts ?? []
  const fraction = digits.slice(0, 10)
  const time = Date.parse(`${day}T${minutes}${seconds}${zone}`)
  if (Number.isNaN(time)) return null
  if (zone === 'Z') return `${day}T${minutes}${seconds}${fraction}Z`
  return `${new Date(time).toISOString().slice(0, 19)}${fraction}Z`
}

function isDay(day: string): boolean {
  const month = Number(day.slice(5, 7))
  const lastDay =
    month === 2 && isLeap(Number(day.slice(0, 4))) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  const number = Number(day.slice(8, 10))
  return lastDay !== undefined && number >= 1 && number <= lastDay
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}
