import { Text, VisuallyHidden } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { useLive } from '../api/live.tsx'
import { Status } from '../ui/status.tsx'
import classes from './shell.module.css'

const refusal =
  'Your key lacks the scope SYNCS_READ: pages are read again once a minute, and not when something happens.'
const labels = { connecting: 'Connecting', live: 'Live', refused: 'Not live' }

/** Whether what is shown follows what happens. */
export function LiveMark() {
  const { state } = useLive()
  const { online } = useNetwork()
  return (
    <Text
      size="sm"
      className={classes['live'] ?? ''}
      role="status"
      component="div"
      title={state === 'refused' ? refusal : undefined}
    >
      {!online ? (
        <Status tone="bad" label="Offline" hollow />
      ) : state === 'away' ? (
        <Status tone="warn" label="Reconnecting" busy />
      ) : (
        <Status tone={state === 'live' ? 'good' : 'idle'} label={labels[state]} />
      )}
      {state === 'refused' && <VisuallyHidden>{refusal}</VisuallyHidden>}
    </Text>
  )
}
