import type { Scope } from '../../../src/generated/prisma/enums.ts'
import type { TargetState } from './target.ts'

/** What a caller gets: what was asked for, null in its place, or the code of an error. */
export type Outcome =
  | 'DONE'
  | 'NULL'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'VALIDATION_FAILED'
  | 'BAD_USER_INPUT'

/** What one operation, or one field of it, takes of its caller. */
export interface Row {
  /** The operation. Its variables are those of a Target; `it` is what the row is about. */
  ask: string
  /** All of these scopes, along the whole way to the field, the first of them where it begins; or the owner. */
  needs: readonly Scope[] | 'OWNER'
  /** It leads through an object: who does not reach that learns no more than that, whatever they lack further on. */
  through?: true
  /** Not for connection tokens, whatever their scopes. */
  wholeEnvironment?: true
  /** What it hands over a secret with: a caller without these gets VALIDATION_FAILED. */
  handsOver?: readonly Scope[]
  /** The object is behind the wall of its environment; or, unless said, of its connection too, for connection tokens. */
  within?: 'ENVIRONMENT'
  /** The owner reaches it from any environment. */
  ownerAnywhere?: true
  /** What those get who may do such a thing, and do not reach this object. OWN: they get theirs, and nothing of it. */
  beyond: Outcome | 'OWN'
  /** The state in which the target is, for a mutation to change something. */
  of?: TargetState
  changesNothing?: true
}

export type Matrix = Readonly<Record<string, Row>>
