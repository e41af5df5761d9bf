import { errorAdvice } from './error-advice.ts'
import classes from './retry-note.module.css'
import type { Retry } from './retry.ts'

/** Why an entity is tried again, in a line that can be opened. The line is kept free: rows do not move while they are looked at. */
export const RetryNote = ({ retry }: { retry: Retry | undefined }) => (
  <div role="status" className={classes['note']}>
    {retry && (
      <details>
        <summary>Trying again. {retry.message}</summary>
        {retry.category && <b>{errorAdvice[retry.category].title}. </b>}
        {retry.message}
        {retry.category && (
          <>
            {' '}
            <b>What to do:</b> {errorAdvice[retry.category].advice}
          </>
        )}{' '}
        It is tried again by itself, and goes on where it stopped.
      </details>
    )}
  </div>
)
