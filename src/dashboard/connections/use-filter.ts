import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { ConnectionFilter, ConnectionStatus } from '../generated/documents.ts'

export const connectionStatuses: readonly ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED', 'DISCONNECTED']

const isStatus = (text: string | null): text is ConnectionStatus =>
  text !== null && (connectionStatuses as readonly string[]).includes(text)

/** What the list is narrowed to, kept in the page's address. Changing it goes back to the first page. */
export function useFilter() {
  const [parameters, setParameters] = useSearchParams()
  const search = parameters.get('search')
  const system = parameters.get('system')
  const given = parameters.get('status')
  const status = isStatus(given) ? given : null

  const filter = useMemo<ConnectionFilter>(
    () => ({
      ...(search ? { search } : {}),
      ...(system ? { system } : {}),
      ...(status ? { status: [status] } : {}),
    }),
    [search, system, status],
  )
  const narrow = useCallback(
    (name: 'search' | 'system' | 'status', value: string | null) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before)
          next.delete('after')
          next.delete('before')
          if (value) next.set(name, value)
          else next.delete(name)
          return next
        },
        { replace: true },
      ),
    [setParameters],
  )
  return { filter, search, system, status, narrow, isNarrowed: Object.keys(filter).length > 0 }
}
