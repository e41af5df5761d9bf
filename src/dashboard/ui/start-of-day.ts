/** When a day begins where the reader is; null where the text names none. */
export function startOfDay(day: string | null): string | null {
  const begins = Date.parse(`${day ?? ''}T00:00`)
  return Number.isNaN(begins) ? null : new Date(begins).toISOString()
}
