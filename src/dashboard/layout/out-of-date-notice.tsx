import { Alert, Button, Group, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { describeError } from '../api/describe-error.ts'
import { useUnanswered } from '../api/out-of-date.tsx'
import { nothingHasFocus } from '../forms/dialog.tsx'
import { AlertIcon } from '../ui/icons.tsx'
import classes from './out-of-date-notice.module.css'

/** That something of what is shown could not be read again. It lies above the page: nothing moves when it comes and goes. */
export function OutOfDateNotice() {
  const unanswered = useUnanswered()
  const reasons = [...new Set(unanswered.map(({ error }) => describeError(error)))]
  const pressed = useRef(false)
  const shown = reasons.length > 0

  // its button had the focus, and takes it away with it
  useEffect(() => {
    if (shown || !pressed.current) return
    pressed.current = false
    if (nothingHasFocus()) document.querySelector('main')?.focus({ preventScroll: true })
  }, [shown])

  function tryAgain() {
    pressed.current = true
    for (const { refresh } of unanswered) refresh()
  }

  return (
    <div role="status" className={classes['place']} data-shown={shown || undefined}>
      {shown && (
        <Alert variant="default" icon={<AlertIcon />} className={classes['notice'] ?? ''}>
          <Group justify="space-between" gap="sm">
            <Text size="sm">What you see may be out of date. {reasons.join(' ')}</Text>
            <Button size="xs" variant="default" onClick={tryAgain}>
              Try again
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  )
}
