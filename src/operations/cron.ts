import type { Calendar } from '../temporal/schedule-control.ts'
import { ValidationError } from './errors.ts'

interface Field {
  name: string
  min: number
  max: number
  names?: readonly string[]
}

const minute: Field = { name: 'minute', min: 0, max: 59 }
const hour: Field = { name: 'hour', min: 0, max: 23 }
const dayOfMonth: Field = { name: 'day of month', min: 1, max: 31 }
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const month: Field = { name: 'month', min: 1, max: 12, names: months }
// Sunday is 0 and 7
const dayOfWeek: Field = {
  name: 'day of week',
  min: 0,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
}
const fields = [minute, hour, dayOfMonth, month, dayOfWeek]

/**
 * Reads the five fields of a cron expression, each with `*`, names, lists, ranges and steps. Where both days are restricted, one that matches
 * either counts, as in every crontab; Temporal itself would ask for both.
 */
export function parseCron(text: string): Calendar[] {
  const given = text.trim().split(/\s+/)
  if (given.length !== fields.length || text.length > 200) {
    throw refused(`cron has five fields: ${fields.map(({ name }) => name).join(', ')}; e.g. "30 6 * * MON-FRI".`)
  }
  const [minutes = [], hours = [], daysOfMonth = [], monthsOfYear = [], weekdays = []] = fields.map((field, i) =>
    parseField(field, given[i] ?? ''),
  )
  const daysOfWeek = [...new Set(weekdays.map((day) => day % 7))].sort((a, b) => a - b)
  const calendar: Calendar = { minutes, hours, daysOfMonth, months: monthsOfYear, daysOfWeek }
  const either = [2, 4].every((i) => !given[i]?.startsWith('*'))
  if (!either) return [calendar]
  return [
    { ...calendar, daysOfWeek: [0, 1, 2, 3, 4, 5, 6] },
    { ...calendar, daysOfMonth: between(dayOfMonth.min, dayOfMonth.max, 1) },
  ]
}

function parseField(field: Field, text: string): number[] {
  const found = new Set<number>()
  for (const item of text.split(',')) {
    const [range = '', step, ...rest] = item.split('/')
    const [first, last, ...more] =
      range === '*' ? [field.min, field.max] : range.split('-').map((at) => valueOf(field, at))
    const by = step === undefined ? 1 : /^\d{1,2}$/.test(step) ? Number(step) : 0
    const end = last ?? (step === undefined ? first : field.max)
    if (first === undefined || end === undefined || more.length > 0 || rest.length > 0 || by < 1) {
      throw refused(
        `cron: "${shown(item)}" is no ${field.name}. Write *, a value, a range a-b, a step */n, or a list of these.`,
      )
    }
    if (first > end)
      throw refused(`cron: the ${field.name} range "${shown(item)}" runs backwards. Write it as two: a-b,c-d.`)
    for (const value of between(first, end, by)) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

function valueOf({ name, min, max, names = [] }: Field, text: string): number {
  const named = names.indexOf(text.toUpperCase())
  const value = named >= 0 ? named + (name === month.name ? 1 : 0) : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const also = names.length > 0 ? ` or ${names[0]} to ${names.at(-1)}` : ''
  throw refused(`cron: "${shown(text)}" is no ${name}: ${min} to ${max}${also}.`)
}

const between = (first: number, last: number, step: number) =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)

const shown = (text: string) => text.slice(0, 20)

function refused(message: string): ValidationError {
  return new ValidationError(message, ['schedule', 'cron'])
}
