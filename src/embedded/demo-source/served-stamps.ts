import type { Switches } from './switches.ts'

type StampForm = Pick<Switches, 'clockPrecision' | 'zoneless'>

const stamp = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})Z"/g
const offset = /(Z|[+-]\d\d:\d\d)$/

/** A record's JSON with its stamps in the form in which the source serves them. */
export function serveStamps(json: string, { clockPrecision, zoneless }: StampForm): string {
  if (clockPrecision === 'millisecond' && zoneless === '') return json
  const shiftMs = offsetMs(zoneless)
  return json.replace(stamp, (_, seconds: string, fraction: string) => {
    const text = clockPrecision === 'second' ? seconds : seconds + fraction
    if (zoneless === '') return `"${text}Z"`
    return `"${new Date(Date.parse(`${text}Z`) + shiftMs).toISOString().slice(0, text.length)}"`
  })
}

/** Milliseconds of a stamp that a client sends; without an offset it is a time of the source's own. */
export function readStamp(text: string, { zoneless }: Pick<Switches, 'zoneless'>): number {
  return Date.parse(offset.test(text) || !text.includes('T') ? text : text + (zoneless || 'Z'))
}

function offsetMs(zoneless: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zoneless) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}
