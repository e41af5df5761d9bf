import { Alert, Anchor } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import { useHere } from '../layout/use-here.ts'
import { AlertIcon } from '../ui/icons.tsx'
import { entityPlural } from '../ui/words.ts'
import { type Attached, attachedIn } from './attached.ts'

/** Which of the entities that were asked for are not in this run, or were in it already, as another was reading them. */
export function AlreadyRunning({ runId }: { runId: string }) {
  const { at } = useHere()
  const attached = useAttached()
  if (attached.length === 0) return null
  return (
    <Alert variant="default" icon={<AlertIcon />} title="Not all that you asked for was started" role="status">
      {attached.map(({ runId: reader, entities }) => (
        <div key={reader}>
          {entities.map(entityPlural).join(', ')}: being read already,{' '}
          {reader === runId ? (
            'by this run.'
          ) : (
            <>
              by{' '}
              <Anchor component={Link} to={at(`runs/${encodeURIComponent(reader)}`)} inherit>
                another run
              </Anchor>
              .
            </>
          )}
        </div>
      ))}
    </Alert>
  )
}

/** Told once by whoever led here: the address forgets it, so that loading the page anew does not say it again. */
function useAttached(): readonly Attached[] {
  const go = useNavigate()
  const { pathname, search, state } = useLocation()
  const [attached, setAttached] = useState<readonly Attached[]>([])
  const told = attachedIn(state)
  if (told.length > 0 && told !== attached) setAttached(told)
  useEffect(() => {
    if (attachedIn(state).length > 0) void go(`${pathname}${search}`, { replace: true, state: null })
  }, [go, pathname, search, state])
  return attached
}
