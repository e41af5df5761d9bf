import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { RecordFilter, RecordOrder } from '../generated/documents.ts'

export type FilterName = 'number' | 'status' | 'since' | 'deleted' | 'order'

const orders: readonly RecordOrder[] = ['SOURCE_UPDATED_AT_DESC', 'SOURCE_UPDATED_AT_ASC', 'NUMBER_ASC']

/** What the records are narrowed to and how they stand, kept in the page's address. */
export function useRecordFilter() {
  const [parameters, setParameters] = useSearchParams()
  const values = {
    number: parameters.get('number'),
    status: parameters.get('status'),
    since: parameters.get('since'),
    deleted: parameters.get('deleted'),
    order: parameters.get('order'),
  }
  const { number, status, since, deleted, order } = values
  const filter = useMemo<RecordFilter>(
    () => ({
      ...(number ? { number } : {}),
      ...(status ? { status } : {}),
      // a day begins where the reader is
      ...(since && !Number.isNaN(Date.parse(`${since}T00:00`))
        ? { sourceUpdatedSince: new Date(`${since}T00:00`).toISOString() }
        : {}),
      ...(deleted ? { includeDeleted: true } : {}),
    }),
    [number, status, since, deleted],
  )
  const narrow = useCallback(
    (name: FilterName, value: string | null) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before)
          for (const each of ['after', 'before', 'record']) next.delete(each)
          if (value) next.set(name, value)
          else next.delete(name)
          return next
        },
        { replace: true },
      ),
    [setParameters],
  )
  const orderBy = orders.find((each) => each === order) ?? 'SOURCE_UPDATED_AT_DESC'
  return { filter, orderBy, values, narrow }
}
