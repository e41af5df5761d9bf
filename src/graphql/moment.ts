const form = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{3}(?:\d{3})?Z$/

/** Whether it is a moment as our cursors spell one, and one that there is: Date.parse takes what PostgreSQL refuses, such as a 30th of February. */
export function isMoment(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = form.exec(text)?.slice(1).map(Number) ?? []
  if (year < 1) return false
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  at.setUTCHours(hour, minute, second)
  const same = [
    at.getUTCFullYear() === year,
    at.getUTCMonth() === month - 1,
    at.getUTCDate() === day,
    at.getUTCHours() === hour,
    at.getUTCMinutes() === minute,
    at.getUTCSeconds() === second,
  ]
  return same.every(Boolean)
}
