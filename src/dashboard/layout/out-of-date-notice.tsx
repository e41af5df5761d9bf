import { Alert, Group, Text } from '@mantine/core'
import { describeError } from '../api/describe-error.ts'
import { useUnanswered } from '../api/out-of-date.tsx'
import { AlertIcon } from '../ui/icons.tsx'
import { TryAgain } from '../ui/try-again.tsx'
import classes from './out-of-date-notice.module.css'

/** That something of what is shown could not be read again. It lies above the page: nothing moves when it comes and goes. */
export function OutOfDateNotice() {
  const unanswered = useUnanswered()
  const reasons = [...new Set(unanswered.map(({ error }) => describeError(error)))]
  const shown = reasons.length > 0

  function tryAgain() {
    for (const { refresh } of unanswered) refresh()
  }

  return (
    <div role="status" className={classes['place']} data-shown={shown || undefined}>
      {shown && (
        // no alert: the status around it tells it already
        <Alert role="group" variant="default" icon={<AlertIcon />} className={classes['notice'] ?? ''}>
          <Group justify="space-between" gap="sm">
            <Text size="sm" flex="1 1 260px">
              What you see may be out of date. {reasons.join(' ')}
            </Text>
            <TryAgain onClick={tryAgain} />
          </Group>
        </Alert>
      )}
    </div>
  )
}
