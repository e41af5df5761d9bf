import type { EntityDetailsFragment } from '../generated/documents.ts'

type Rhythm = Pick<NonNullable<EntityDetailsFragment['schedule']>, 'every' | 'cron' | 'timeZone'>

const parts: [RegExp, string][] = [
  [/^P(\d+)D$/, 'day'],
  [/^PT(\d+)H$/, 'hour'],
  [/^PT(\d+)M$/, 'minute'],
]

/** "Every 15 minutes", "0 6 * * * (Europe/Berlin)". */
export function scheduleWords(schedule: Rhythm | null): string {
  if (!schedule) return 'Manual'
  const { every, cron, timeZone } = schedule
  if (cron !== null) return `${cron} (${timeZone ?? 'UTC'})`
  for (const [pattern, unit] of parts) {
    const amount = every?.match(pattern)?.[1]
    if (amount === '1') return `Every ${unit}`
    if (amount !== undefined) return `Every ${amount} ${unit}s`
  }
  return `Every ${every ?? ''}`
}
