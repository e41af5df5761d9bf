import { useCallback } from 'react'
import { useSearchParams } from 'react-router'
import type { ConnectionFilter, ConnectionStatus } from '../generated/documents.ts'
import { hoursBefore } from '../ui/time.ts'

export const connectionStatuses: readonly ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED']

/** Not synced whole for so many hours. */
export const staleFor = { hour: 1, day: 24, week: 168 } as const

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
  /** A cursor is of the order alone: what has become stale since the page before stands on its place. */
  const filterAt = (now: number): ConnectionFilter => ({
    ...(search ? { search } : {}),
    ...(system ? { system } : {}),
    ...(status ? { status: [status] } : {}),
    ...(stale ? { staleSince: hoursBefore(now, staleFor[stale]) } : {}),
  })
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
  const isNarrowed = [search, system, status, stale].some(Boolean)
  return { filterAt, search, system, status, stale, narrow, isNarrowed }
}
