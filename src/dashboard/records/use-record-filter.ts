import { useMemo } from 'react'
import type { RecordFilter, RecordOrder } from '../generated/documents.ts'
import { startOfDay } from '../ui/start-of-day.ts'
import { useNarrowing } from '../ui/use-narrowing.ts'

const names = ['number', 'status', 'since', 'deleted', 'order'] as const
const orders: readonly RecordOrder[] = ['SOURCE_UPDATED_AT_DESC', 'SOURCE_UPDATED_AT_ASC', 'NUMBER_ASC']

/** What the records are narrowed to, and how they stand. */
export function useRecordFilter() {
  const { values, narrow } = useNarrowing(names)
  const { number, status, since, deleted, order } = values
  const filter = useMemo<RecordFilter>(() => {
    const sourceUpdatedSince = startOfDay(since)
    return {
      ...(number ? { number } : {}),
      ...(status ? { status } : {}),
      ...(sourceUpdatedSince ? { sourceUpdatedSince } : {}),
      ...(deleted ? { includeDeleted: true } : {}),
    }
  }, [number, status, since, deleted])
  const orderBy = orders.find((each) => each === order) ?? 'SOURCE_UPDATED_AT_DESC'
  return { filter, orderBy, values, narrow }
}
