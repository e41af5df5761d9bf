import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { EnvironmentEventsDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { follow, type StreamState, type SyncEvent } from './follow.ts'
import { createSocket } from './socket.ts'

interface Listener {
  onEvents: (events: SyncEvent[]) => void
  /** From here on all is told, and what was before may not have been: read the state anew. */
  onLive: () => void
}

interface Live {
  state: StreamState
  listen(listener: Listener): () => void
}

const LiveContext = createContext<Live | null>(null)

/** One stream of all that happens in the environment, for all pages. Another environment needs another provider: give it a key. */
export function LiveProvider({ environment, children }: { environment: string; children: ReactNode }) {
  const { end } = useSession()
  const [state, setState] = useState<StreamState>('connecting')
  // it opens with the first stream and closes after the last
  const [socket] = useState(() => createSocket(environment))
  const listeners = useRef(new Set<Listener>())

  useEffect(() => {
    return follow({
      socket,
      document: EnvironmentEventsDocument,
      onState: setState,
      onUnauthenticated: end,
      onEvents: (events) => {
        for (const { onEvents } of listeners.current) onEvents(events)
      },
      onLive: () => {
        for (const { onLive } of listeners.current) onLive()
      },
    })
  }, [socket, end])

  const live = useMemo<Live>(
    () => ({
      state,
      listen(listener) {
        listeners.current.add(listener)
        return () => listeners.current.delete(listener)
      },
    }),
    [state],
  )
  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('useLive is used outside LiveProvider.')
  return live
}

/** Calls the newest functions it was given; they may change with every render. */
export function useEvents(onEvents: Listener['onEvents'], onLive: Listener['onLive']) {
  const { listen } = useLive()
  const newest = useRef({ onEvents, onLive })
  useEffect(() => {
    newest.current = { onEvents, onLive }
  })
  useEffect(
    () =>
      listen({
        onEvents: (events) => newest.current.onEvents(events),
        onLive: () => newest.current.onLive(),
      }),
    [listen],
  )
}
