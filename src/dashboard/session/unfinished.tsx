import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'react-router'
import type { SessionQuery } from '../generated/documents.ts'
import { useSession } from './session-context.ts'

interface Unfinished {
  owner: string
  value: unknown
}

interface UnfinishedStore {
  /** The session that is shown now; 0: none. */
  noteSession: (since: number) => void
  /** Whether a session is shown no more. */
  isOver: (since: number) => boolean
  /** Undefined: nothing is kept. */
  read: (owner: string, place: string) => unknown
  keep: (place: string, unfinished: Unfinished) => void
  drop: (place: string) => void
  /** Whoever signs out leaves nothing behind, and whoever signs in finds nothing of others. */
  forgetAllBut: (owner: string | null) => void
}

const UnfinishedContext = createContext<UnfinishedStore | null>(null)

/** What somebody was writing when their session ended: in memory alone, until they have signed in again. */
export function UnfinishedProvider({ children }: { children: ReactNode }) {
  const shown = useRef(0)
  const kept = useRef(new Map<string, Unfinished>())
  const store = useMemo<UnfinishedStore>(
    () => ({
      noteSession(since) {
        shown.current = since
      },
      isOver: (since) => since !== shown.current,
      read(owner, place) {
        const found = kept.current.get(place)
        return found?.owner === owner ? found.value : undefined
      },
      keep: (place, unfinished) => void kept.current.set(place, unfinished),
      drop: (place) => void kept.current.delete(place),
      forgetAllBut(owner) {
        for (const [place, each] of kept.current) if (each.owner !== owner) kept.current.delete(place)
      },
    }),
    [],
  )
  return <UnfinishedContext value={store}>{children}</UnfinishedContext>
}

export function useUnfinishedStore(): UnfinishedStore {
  const store = useContext(UnfinishedContext)
  if (!store) throw new Error('useUnfinishedStore is used outside UnfinishedProvider.')
  return store
}

export const ownerOf = ({ kind, apiKeyId }: SessionQuery['viewer']) => `${kind} ${apiKeyId ?? ''}`

/**
 * A state that outlives the session: the same key finds it when it has signed in again, at the same place of the window's history. Whoever leaves the
 * page loses it, as any other.
 */
export function useUnfinished<T>(name: string, begin: () => T) {
  const { viewer, since } = useSession()
  const store = useUnfinishedStore()
  const owner = ownerOf(viewer)
  const place = `${useLocation().key} ${name}`
  // what is kept at a place is of the one who keeps it there
  const [value, setValue] = useState<T>(() => (store.read(owner, place) as T | undefined) ?? begin())
  // at each change: the pages may begin anew before these here are taken down
  useEffect(() => store.keep(place, { owner, value }), [store, place, owner, value])
  useEffect(
    () => () => {
      if (!store.isOver(since)) store.drop(place)
    },
    [store, place, since],
  )
  return [value, setValue] as const
}
