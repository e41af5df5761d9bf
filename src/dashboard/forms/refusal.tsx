import { Alert } from '@mantine/core'
import type { Failure } from '../api/use-operation.ts'
import { withoutPlace } from './failure-at.ts'
import { AlertIcon } from '../ui/icons.tsx'

export interface RefusalProps {
  failure: Failure | null
  title?: string
}

/** The API's own words, with the place in the input: also for what no field shows. */
export const Refusal = ({ failure, title = 'That did not work' }: RefusalProps) =>
  failure && (
    <Alert variant="default" icon={<AlertIcon />} title={title} role="alert">
      {failure.path && failure.path.length > 0 && <b>{failure.path.join(' → ')}: </b>}
      {withoutPlace(failure.message, failure.path ?? [])}
    </Alert>
  )
