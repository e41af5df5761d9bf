import type { Failure } from '../api/use-operation.ts'

/** What a refusal says of the field at `place`, and of what is below it: there with the way to it. */
export function failureAt(failure: Failure | null, place: readonly string[]): string | undefined {
  const path = failure?.path
  if (!failure || !path || !place.every((name, level) => path[level] === name)) return undefined
  const below = path.slice(place.length)
  const words = withoutPlace(failure.message, path)
  return below.length === 0 ? words : `${below.join(' → ')}: ${words}`
}

/** The API begins some messages with the place, which the form shows by itself. */
export function withoutPlace(message: string, path: readonly string[]): string {
  const start = `${path.join('.')}: `
  return message.startsWith(start) ? message.slice(start.length) : message
}
