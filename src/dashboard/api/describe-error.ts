import type { CombinedError } from '@urql/core'
import { isAway } from './client.ts'

/** For people. The API's own messages say already what happened and what to do. */
export function describeError(error: CombinedError): string {
  if (error.graphQLErrors.length > 0) return error.graphQLErrors.map(({ message }) => message).join(' ')
  return isAway(error)
    ? 'The Syncline API does not answer. It may be restarting, or this computer is offline.'
    : error.message
}
