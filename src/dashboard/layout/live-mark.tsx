import { Text } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { useLive } from '../api/live.tsx'
import { Status } from '../ui/status.tsx'
import classes from './shell.module.css'

const labels = { connecting: 'Connecting', live: 'Live', refused: 'Not live' }

/** Whether what is shown follows what happens. */
export function LiveMark() {
  const { state } = useLive()
  const { online } = useNetwork()
  return (
    <Text size="sm" className={classes['live'] ?? ''} role="status" component="div">
      {!online ? (
        <Status tone="bad" label="Offline" hollow />
      ) : state === 'away' ? (
        <Status tone="warn" label="Reconnecting" busy />
      ) : (
        <Status tone={state === 'live' ? 'good' : 'idle'} label={labels[state]} />
      )}
    </Text>
  )
}
