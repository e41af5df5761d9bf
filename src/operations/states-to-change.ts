import type pg from 'pg'
import { lockStates } from '../store/entity-state-change.ts'
import { LockTimeout } from '../store/errors.ts'
import { ConflictError } from './errors.ts'

/** The locked states of a connection that a caller changes. A run that deletes many records holds its entity's for longer than a caller waits. */
export async function statesToChange(client: pg.ClientBase, connectionId: string) {
  try {
    return await lockStates(client, connectionId)
  } catch (error) {
    if (!(error instanceof LockTimeout)) throw error
    throw new ConflictError(
      'Many records of this connection are being deleted at this moment, and its settings cannot be changed meanwhile. Nothing was changed. Try again in a minute.',
      ['connectionId'],
      error,
    )
  }
}
