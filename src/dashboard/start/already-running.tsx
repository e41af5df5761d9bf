import { Alert, Anchor } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import { useHere } from '../layout/use-here.ts'
import { AlertIcon } from '../ui/icons.tsx'
import { entityPlural } from '../ui/words.ts'
import { attachedIn } from './attached.ts'

/** Which of the entities that were asked for are not in this run, or were in it already, as another was reading them. */
export function AlreadyRunning({ runId }: { runId: string }) {
  const { at } = useHere()
  const attached = attachedIn(useLocation().state)
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
