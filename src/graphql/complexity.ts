import { type GraphQLField, getNamedType, getNullableType, isLeafType, isListType } from 'graphql'

const assumedListLength = 5

/**
 * What a field costs: about the number of objects that it makes us build. Leaves are free. Fields that page name their own multiplier
 * (pageComplexity), as does everything whose cost is another.
 */
export function fieldComplexity(_args: unknown, _context: unknown, field: GraphQLField<unknown, never, never>) {
  if (isLeafType(getNamedType(field.type))) return 0
  return { field: 1, multiplier: isListType(getNullableType(field.type)) ? assumedListLength : 1 }
}

/** A payload as the source sent it: kilobytes, read and parsed apart, where a mapped object is some hundred bytes. */
export const rawComplexity = 25

export const defaultPageSize = 50
export const maximumPageSize = 200

/** For fields that take first and last: what lies below is built once for each row asked for. */
export function pageComplexity({
  first,
  last,
}: {
  first?: number | null | undefined
  last?: number | null | undefined
}) {
  const rows = first ?? last ?? defaultPageSize
  // a page size out of range is refused when the field runs; until then it must not make the query cheap
  return { field: 1, multiplier: Math.min(Math.max(rows, 1), maximumPageSize) }
}
