import { useState } from 'react'
import { errorAdvice } from './error-advice.ts'
import type { Retry } from './retry.ts'
import classes from './retry-note.module.css'

/** Why an entity is tried again, in a line that can be opened, and stays while it is. The line is kept free: rows do not move while they are looked at. */
export function RetryNote({ retry }: { retry: Retry | undefined }) {
  const [opened, setOpened] = useState(false)
  const [last, setLast] = useState(retry)
  if (retry && (retry.message !== last?.message || retry.category !== last.category)) setLast(retry)
  const shown = retry ?? (opened ? last : undefined)
  return (
    <div role="status" className={classes['note']}>
      {shown && (
        <details onToggle={({ currentTarget }) => setOpened(currentTarget.open)}>
          <summary>
            {retry ? 'Trying again.' : 'It was tried again.'} {shown.message}
          </summary>
          {shown.category && <b>{errorAdvice[shown.category].title}. </b>}
          {shown.message}
          {shown.category && (
            <>
              {' '}
              <b>What to do:</b> {errorAdvice[shown.category].advice}
            </>
          )}{' '}
          {retry
            ? 'It is tried again by itself, and goes on where it stopped.'
            : 'It was tried again by itself, from where it had stopped.'}
        </details>
      )}
    </div>
  )
}
