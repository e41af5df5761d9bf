import { createContext, useContext } from 'react'
import type { Scope, SessionQuery } from '../generated/documents.ts'

export type Viewer = SessionQuery['viewer']
export type Environment = SessionQuery['environments'][number]

export interface Session {
  /** When it began, as Date.now() tells it: no two have the same. */
  since: number
  viewer: Viewer
  environments: readonly Environment[]
  may: (scope: Scope) => boolean
  /** The server has said that the session is over. */
  end: () => void
  signOut: () => Promise<void>
  /** Reads viewer and environments anew; answers whether anybody answered. */
  reread: () => Promise<boolean>
  /** Has all windows read them anew. */
  refresh: () => void
}

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession is used outside SessionGate.')
  return session
}
