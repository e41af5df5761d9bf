import { useMemo, useState } from 'react'
import { serverNow } from '../api/server-time.ts'
import type { ConnectionFilter, ConnectionStatus } from '../generated/documents.ts'
import { useNarrowing } from '../ui/use-narrowing.ts'

export const connectionStatuses: readonly ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED']

const hourMs = 3_600_000
/** Not synced whole for so long. */
export const staleFor = { hour: hourMs, day: 24 * hourMs, week: 168 * hourMs } as const

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
  // a list that one pages through keeps its moment
  const [opened] = useState(serverNow)

  const filter = useMemo<ConnectionFilter>(
    () => ({
      ...(search ? { search } : {}),
      ...(system ? { system } : {}),
      ...(status ? { status: [status] } : {}),
      ...(stale ? { staleSince: new Date(opened - staleFor[stale]).toISOString() } : {}),
    }),
    [search, system, status, stale, opened],
  )
  return { filter, search, system, status, stale, narrow, isNarrowed: Object.keys(filter).length > 0 }
}
