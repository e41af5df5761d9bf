import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { createApiClient, isUnauthenticated } from '../api/client.ts'
import { SessionDocument, type SessionQuery } from '../generated/documents.ts'
import { Starting, Unreachable } from './before-session.tsx'
import { type Session, SessionContext } from './session-context.ts'
import { signOut } from './session-requests.ts'
import { SignInPage } from './sign-in-page.tsx'

type State =
  | { is: 'checking' | 'unreachable' }
  | { is: 'signed-out'; notice: string | null }
  | { is: 'signed-in'; answer: SessionQuery }

const otherTabs = new BroadcastChannel('syncline-session')

/** Whether this browser may have a session: no script can see the cookie. Without it nobody asks the API only to be refused. */
const mayHaveSession = {
  key: 'syncline-may-have-session',
  read: () => localStorage.getItem(mayHaveSession.key) !== null,
  note: (signedIn: boolean) =>
    signedIn ? localStorage.setItem(mayHaveSession.key, '1') : localStorage.removeItem(mayHaveSession.key),
}

/** Shows the pages to whoever is signed in; the address stays, so that a deep link opens after signing in. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>(() =>
    mayHaveSession.read() ? { is: 'checking' } : { is: 'signed-out', notice: null },
  )

  const check = useCallback(async () => {
    const client = createApiClient({ environment: null, onUnauthenticated: () => {} })
    const { data, error } = await client.query(SessionDocument, {}, { requestPolicy: 'network-only' }).toPromise()
    if (data) {
      mayHaveSession.note(true)
      setState({ is: 'signed-in', answer: data })
    } else if (error && isUnauthenticated(error)) {
      mayHaveSession.note(false)
      setState((before) => (before.is === 'signed-out' ? before : { is: 'signed-out', notice: null }))
    } else setState((before) => (before.is === 'signed-in' ? before : { is: 'unreachable' }))
  }, [])

  const end = useCallback(() => {
    mayHaveSession.note(false)
    setState({ is: 'signed-out', notice: 'Your session has ended. Sign in to go on where you were.' })
  }, [])

  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- the state is set when the answer has come
    if (mayHaveSession.read()) void check()
    const hear = ({ data }: MessageEvent) => {
      if (data === 'signed-out') setState({ is: 'signed-out', notice: 'You have signed out in another window.' })
      else void check()
    }
    otherTabs.addEventListener('message', hear)
    return () => otherTabs.removeEventListener('message', hear)
  }, [check])

  const session = useMemo<Session | null>(() => {
    if (state.is !== 'signed-in') return null
    const { viewer, environments } = state.answer
    const scopes = new Set(viewer.scopes)
    return {
      viewer,
      environments,
      may: (scope) => scopes.has(scope),
      end,
      refresh: () => void check(),
      async signOut() {
        await signOut()
        mayHaveSession.note(false)
        otherTabs.postMessage('signed-out')
        setState({ is: 'signed-out', notice: null })
      },
    }
  }, [state, end, check])

  if (session) return <SessionContext value={session}>{children}</SessionContext>
  if (state.is === 'signed-out')
    return (
      <SignInPage
        notice={state.notice}
        onSignedIn={async () => {
          await check()
          otherTabs.postMessage('signed-in')
        }}
      />
    )
  return state.is === 'unreachable' ? <Unreachable onRetry={check} /> : <Starting />
}
