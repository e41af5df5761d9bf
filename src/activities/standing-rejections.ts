import type { ArrivedRow } from '../store/record-row.ts'
import type { Rejection } from '../store/rejected-record.ts'

/** Of a record that comes both malformed and well the last decides whether it is listed as rejected. */
export function standingRejections(earlier: readonly Rejection[] = []) {
  const standing = new Map(earlier.map((rejection) => [rejection.externalId, rejection]))
  return {
    rejected(rejection: Rejection) {
      standing.set(rejection.externalId, rejection)
    },
    arrived({ externalId }: Pick<ArrivedRow, 'externalId'>) {
      const before = standing.get(externalId)
      if (before) before.superseded = true
    },
  }
}
