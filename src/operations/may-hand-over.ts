import { type Caller, scopesBeyond } from '../auth/caller.ts'
import type { Scope } from '../generated/prisma/enums.ts'
import { ValidationError } from './errors.ts'

/** Whoever gets a secret can do what it can: throws ValidationError for scopes that the caller lacks. */
export function mayHandOver(caller: Caller, scopes: Iterable<Scope>, path: string): void {
  const beyond = scopesBeyond(caller, scopes)
  if (beyond.length > 0) {
    throw new ValidationError(
      `This credential lacks ${beyond.join(', ')}, and cannot get a secret that may do more than it may itself.`,
      [path],
    )
  }
}
