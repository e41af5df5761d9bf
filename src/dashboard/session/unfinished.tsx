import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
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
  read: (owner: string, name: string) => unknown
  keep: (name: string, unfinished: Unfinished) => void
  drop: (name: string) => void
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
      read(owner, name) {
        const found = kept.current.get(name)
        return found?.owner === owner ? found.value : undefined
      },
      keep: (name, unfinished) => void kept.current.set(name, unfinished),
      drop: (name) => void kept.current.delete(name),
      forgetAllBut(owner) {
        for (const [name, each] of kept.current) if (each.owner !== owner) kept.current.delete(name)
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

/** A state that outlives the session: the same key finds it when it has signed in again. Whoever leaves the page loses it, as any other. */
export function useUnfinished<T>(name: string, begin: () => T) {
  const { viewer, since } = useSession()
  const store = useUnfinishedStore()
  const owner = ownerOf(viewer)
  // what is kept under a name is of the one who keeps it there
  const [value, setValue] = useState<T>(() => (store.read(owner, name) as T | undefined) ?? begin())
  const newest = useRef(value)
  useEffect(() => {
    newest.current = value
  }, [value])
  useEffect(() => {
    store.drop(name)
    return () => {
      if (store.isOver(since)) store.keep(name, { owner, value: newest.current })
    }
  }, [store, name, owner, since])
  return [value, setValue] as const
}
