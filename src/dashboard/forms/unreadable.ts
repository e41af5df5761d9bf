import type { Failure } from '../api/use-operation.ts'
import type { JsonObject } from './json-schema.ts'

/** Stands for a value whose text cannot be read yet, so that nothing takes it for one that is not given. It is never sent. */
export class Unreadable {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

/** Why an object cannot be sent as it is written; `place` is where it stands in the input. */
export function unreadableIn(value: JsonObject, place: readonly string[]): Failure | null {
  for (const [name, each] of Object.entries(value))
    if (each instanceof Unreadable) return missing(each.why, [...place, name])
  return null
}

/** What a form has against itself at one field, in the form of a refusal. */
export const missing = (message: string, path: readonly string[]): Failure => ({ code: 'NOT_SENT', message, path })
