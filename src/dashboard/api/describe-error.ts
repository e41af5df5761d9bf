import type { CombinedError } from '@urql/core'
import { isAway, isLate } from './client.ts'

/** For people. The API's own messages say already what happened and what to do. */
export function describeError(error: CombinedError): string {
  if (error.graphQLErrors.length > 0) return error.graphQLErrors.map(({ message }) => message).join(' ')
  if (isLate(error))
    return 'The Syncline API took too long to answer. It may be overloaded, or something on the way holds the answer back.'
  return isAway(error)
    ? 'The Syncline API does not answer. It may be restarting, or this computer is offline.'
    : error.message
}
