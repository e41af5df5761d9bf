import type { FeedKey } from '../store/record-changes.ts'
import { badInput } from './errors.ts'
import { decodeCursor, encodeCursor } from './paging.ts'

/** Names the feed as well: its numbers mean nothing in another. */
export function changeCursor(feed: FeedKey, sequence: bigint): string {
  return encodeCursor([sequence.toString(), nameOf(feed)])
}

/** Those that were given out before they named their feed hold the number alone; users have stored them. */
export function parseChangeCursor(feed: FeedKey, cursor: string | null): bigint | null {
  if (cursor === null) return null
  const [sequence, name = nameOf(feed)] = decodeCursor(cursor) ?? []
  if (typeof sequence !== 'string' || !/^\d{1,18}$/.test(sequence) || name !== nameOf(feed)) {
    throw badInput(
      'The cursor is not one of this change feed. Pass an endCursor of the same connection and entity, unchanged; or null to read everything again.',
    )
  }
  return BigInt(sequence)
}

const nameOf = ({ connectionId, entity }: FeedKey) => `${connectionId}/${entity}`
