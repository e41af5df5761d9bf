import type { ConnectionFilter, ConnectionStatus } from '../generated/documents.ts'
import { hoursBefore } from '../ui/time.ts'
import { useNarrowing } from '../ui/use-narrowing.ts'

export const connectionStatuses: readonly ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED']

/** Not synced whole for so many hours. */
export const staleFor = { hour: 1, day: 24, week: 168 } as const

const isStaleFor = (text: string | null): text is keyof typeof staleFor => text !== null && text in staleFor

const isStatus = (text: string | null): text is ConnectionStatus =>
  text !== null && (connectionStatuses as readonly string[]).includes(text)

const names = ['search', 'system', 'status', 'stale'] as const

/** What the list is narrowed to. */
export function useFilter() {
  const { values, narrow } = useNarrowing(names)
  const { search, system } = values
  const status = isStatus(values.status) ? values.status : null
  const stale = isStaleFor(values.stale) ? values.stale : null
  /** A cursor is of the order alone: what has become stale since the page before stands on its place. */
  const filterAt = (now: number): ConnectionFilter => ({
    ...(search ? { search } : {}),
    ...(system ? { system } : {}),
    ...(status ? { status: [status] } : {}),
    ...(stale ? { staleSince: hoursBefore(now, staleFor[stale]) } : {}),
  })
  const isNarrowed = [search, system, status, stale].some(Boolean)
  return { filterAt, search, system, status, stale, narrow, isNarrowed }
}
