import { useCallback, useEffect, useMemo, useState } from 'react'
import { Navigate, useLocation, useParams } from 'react-router'
import { Provider } from 'urql'
import { createApiClient } from '../api/client.ts'
import { LiveProvider } from '../api/live.tsx'
import { OutOfDateProvider } from '../api/out-of-date.tsx'
import { Starting, Unreachable } from '../session/before-session.tsx'
import { useSession } from '../session/session-context.ts'
import { NotFound } from './not-found.tsx'
import { readablePages } from './readable-pages.ts'
import { Shell } from './shell.tsx'

const rememberedAs = 'syncline-environment'

/** Everything below an environment: a client and a stream of its own, so that nothing of another is ever shown. */
export function EnvironmentPages() {
  const { environment = '' } = useParams()
  const { environments, end } = useSession()
  const known = environments.some(({ name }) => name === environment)
  useEffect(() => {
    if (known) localStorage.setItem(rememberedAs, environment)
  }, [known, environment])
  const client = useMemo(() => createApiClient({ environment, onUnauthenticated: end }), [environment, end])
  if (!known) return <UnknownEnvironment key={environment} />
  return (
    <Provider value={client}>
      <LiveProvider environment={environment} key={environment}>
        <OutOfDateProvider>
          <Shell />
        </OutOfDateProvider>
      </LiveProvider>
    </Provider>
  )
}

/** It may have been made since the environments were read. */
function UnknownEnvironment() {
  const { reread } = useSession()
  const [answered, setAnswered] = useState<boolean | null>(null)
  const ask = useCallback(() => reread().then(setAnswered), [reread])
  useEffect(() => {
    void ask()
  }, [ask])
  if (answered === null) return <Starting />
  if (!answered) return <Unreachable onRetry={ask} />
  return (
    <main>
      <NotFound />
    </main>
  )
}

/** From the bare address to where one was last. */
export function ToEnvironment() {
  const { environments, viewer, may } = useSession()
  const { search } = useLocation()
  const last = localStorage.getItem(rememberedAs)
  const { name } = environments.find(({ name: each }) => each === last) ?? viewer.environment
  return <Navigate to={`/${name}/${readablePages(may)[0]?.path ?? 'connections'}${search}`} replace />
}
