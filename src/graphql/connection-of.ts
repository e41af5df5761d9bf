import { NotFoundError } from '../operations/errors.ts'
import { storeId } from './node-id.ts'

/** The connection that a mutation's input names, as the store knows it. */
export function connectionOf(id: string): string {
  const connectionId = storeId('Connection', id)
  if (connectionId === null) throw new NotFoundError('This is not the id of a connection.', ['connectionId'])
  return connectionId
}
