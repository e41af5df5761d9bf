import { useCallback, useMemo, useState } from 'react'
import { useSearchParams } from 'react-router'
import { serverNow } from '../api/server-time.ts'
import type { ConnectionFilter, ConnectionStatus } from '../generated/documents.ts'

export const connectionStatuses: readonly ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED']

const hourMs = 3_600_000
/** Not synced whole for so long. */
export const staleFor = { hour: hourMs, day: 24 * hourMs, week: 168 * hourMs } as const

const isStaleFor = (text: string | null): text is keyof typeof staleFor => text !== null && text in staleFor

const isStatus = (text: string | null): text is ConnectionStatus =>
  text !== null && (connectionStatuses as readonly string[]).includes(text)

/** What the list is narrowed to, kept in the page's address. Changing it goes back to the first page. */
export function useFilter() {
  const [parameters, setParameters] = useSearchParams()
  const search = parameters.get('search')
  const system = parameters.get('system')
  const given = parameters.get('status')
  const status = isStatus(given) ? given : null
  const age = parameters.get('stale')
  const stale = isStaleFor(age) ? age : null
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
  // all changes at once: the router merges no two of them that come before it has drawn again
  const narrow = useCallback(
    (changes: Partial<Record<'search' | 'system' | 'status' | 'stale', string | null>>) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before)
          next.delete('after')
          next.delete('before')
          for (const [name, value] of Object.entries(changes)) {
            if (value) next.set(name, value)
            else next.delete(name)
          }
          return next
        },
        { replace: true },
      ),
    [setParameters],
  )
  return { filter, search, system, status, stale, narrow, isNarrowed: Object.keys(filter).length > 0 }
}
