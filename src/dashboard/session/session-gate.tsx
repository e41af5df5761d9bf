import { notifications } from '@mantine/notifications'
import { Fragment, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'react'
import { Confirm } from '../forms/confirm.tsx'
import type { SessionQuery } from '../generated/documents.ts'
import { Starting, Unreachable } from './before-session.tsx'
import { useHandOver } from './hand-over.tsx'
import { mayHaveSession } from './may-have-session.ts'
import { readSession } from './read-session.ts'
import { type Session, SessionContext } from './session-context.ts'
import { signOut } from './session-requests.ts'
import { SignInPage } from './sign-in-page.tsx'
import { ownerOf, useUnfinishedStore } from './unfinished.tsx'
import { useReread } from './use-reread.ts'

type State =
  | { is: 'checking' | 'unreachable' }
  /** `left`: somebody has signed out. Else the session has ended, or there was none. */
  | { is: 'signed-out'; notice: string | null; left: boolean }
  /** What began at another `since` is of another session. */
  | { is: 'signed-in'; answer: SessionQuery; since: number; doubtedAt: number }

const ended = 'Your session has ended. Sign in to go on where you were.'
/** Refused again within that time, it was no late answer. */
const doubtMs = 10_000
const otherTabs = new BroadcastChannel('syncline-session')

/** Shows the pages to whoever is signed in; the address stays, so that a deep link opens after signing in. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { forget } = useHandOver()
  const { noteSession, forgetAllBut } = useUnfinishedStore()
  const [state, setState] = useState<State>(() =>
    mayHaveSession.read() ? { is: 'checking' } : { is: 'signed-out', notice: null, left: false },
  )
  const [notSignedOut, setNotSignedOut] = useState<string | null>(null)

  /** Asks who is signed in, and answers whether somebody is. `anew`: what is shown may be of another session. */
  const check = useCallback(async (anew: boolean) => {
    const found = await readSession()
    if (found === 'unknown') setState((before) => (before.is === 'signed-in' ? before : { is: 'unreachable' }))
    else if (found === 'nobody') {
      mayHaveSession.note(false)
      setState((before) => (before.is === 'signed-out' ? before : { is: 'signed-out', notice: null, left: false }))
    } else {
      mayHaveSession.note(true)
      setState((before) =>
        before.is === 'signed-in' && !anew
          ? { ...before, answer: found }
          : { is: 'signed-in', answer: found, since: Date.now(), doubtedAt: 0 },
      )
    }
    return typeof found === 'object'
  }, [])
  const retry = useCallback(() => check(false), [check])

  /** One refusal may have been on its way for long, and be of the session before: the API is asked once more, and the pages begin anew. */
  const doubt = useCallback(async (since: number) => {
    const found = await readSession()
    if (found === 'nobody') mayHaveSession.note(false)
    setState((before) => {
      if (before.is !== 'signed-in' || before.since !== since) return before
      if (found === 'unknown') return { is: 'unreachable' }
      const now = Date.now()
      if (found === 'nobody' || now - before.doubtedAt < doubtMs)
        return { is: 'signed-out', notice: ended, left: false }
      return { is: 'signed-in', answer: found, since: now, doubtedAt: now }
    })
  }, [])

  const since = state.is === 'signed-in' ? state.since : 0
  const end = useCallback(() => void doubt(since), [doubt, since])

  const reread = useCallback(async () => {
    const found = await readSession()
    if (found === 'nobody') await doubt(since)
    else if (found !== 'unknown')
      setState((before) =>
        before.is === 'signed-in' && before.since === since ? { ...before, answer: found } : before,
      )
    return found !== 'unknown'
  }, [doubt, since])
  useReread(reread, state.is === 'signed-in')

  // before the effects of what is shown no more are undone
  useLayoutEffect(() => noteSession(since), [since, noteSession])

  const owner = state.is === 'signed-in' ? ownerOf(state.answer.viewer) : null
  const left = state.is === 'signed-out' && state.left
  useEffect(() => {
    if (owner !== null || left) forgetAllBut(owner)
  }, [owner, left, forgetAllBut])

  /** Nothing of the session stays, in any window: neither a token on the screen nor what was done. */
  const leave = useCallback(
    (notice: string | null) => {
      mayHaveSession.note(false)
      forget()
      notifications.clean()
      setNotSignedOut(null)
      setState({ is: 'signed-out', notice, left: true })
    },
    [forget],
  )

  /** Null: done. Else why not. What the API could not end may still be ended for this browser. */
  const tryToSignOut = useCallback(async () => {
    const failure = await signOut()
    if (failure !== null && (await readSession()) !== 'nobody') return failure
    otherTabs.postMessage('signed-out')
    leave(failure)
    return null
  }, [leave])

  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- the state is set when the answer has come
    if (mayHaveSession.read()) void check(false)
    const hear = ({ data }: MessageEvent) => {
      if (data === 'signed-out') leave('You have signed out in another window.')
      else void check(data === 'signed-in')
    }
    otherTabs.addEventListener('message', hear)
    return () => otherTabs.removeEventListener('message', hear)
  }, [check, leave])

  const session = useMemo<Session | null>(() => {
    if (state.is !== 'signed-in') return null
    const { viewer, environments } = state.answer
    const scopes = new Set(viewer.scopes)
    return {
      since: state.since,
      viewer,
      environments,
      may: (scope) => scopes.has(scope),
      end,
      reread,
      refresh() {
        otherTabs.postMessage('changed')
        void check(false)
      },
      signOut: async () => setNotSignedOut(await tryToSignOut()),
    }
  }, [state, end, reread, check, tryToSignOut])

  if (session)
    return (
      <SessionContext value={session}>
        <Fragment key={since}>{children}</Fragment>
        <Confirm
          opened={notSignedOut !== null}
          onClose={() => setNotSignedOut(null)}
          title="You are not signed out"
          action="Try again"
          leave="Stay signed in"
          onConfirm={tryToSignOut}
        >
          {notSignedOut} Until then whoever uses this browser is you.
        </Confirm>
      </SessionContext>
    )
  if (state.is === 'signed-out')
    return (
      <SignInPage
        notice={state.notice}
        onSignedIn={async () => {
          const signedIn = await check(false)
          if (signedIn) otherTabs.postMessage('signed-in')
          return signedIn
        }}
      />
    )
  return state.is === 'unreachable' ? <Unreachable onRetry={retry} /> : <Starting />
}
