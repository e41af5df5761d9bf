import { Alert, Stack } from '@mantine/core'
import type { RunDetailsFragment } from '../generated/documents.ts'
import { hasEnded } from '../ui/sync-stages.ts'
import { entityPlural } from '../ui/words.ts'
import { errorAdvice } from './error-advice.ts'

/** Why entities were not read, in plain words, with what to do. */
export function Failures({ run }: { run: RunDetailsFragment }) {
  const failed = run.entities.flatMap(({ id, entity, status, error }) =>
    error && hasEnded(status) ? [{ id, entity, error }] : [],
  )
  if (failed.length === 0) return null
  return (
    <Stack gap="sm">
      {failed.map(({ id, entity, error: { category, message } }) => (
        <Alert key={id} variant="default" title={`${entityPlural(entity)}: ${errorAdvice[category].title}`}>
          {message} <b>What to do:</b> {errorAdvice[category].advice} {errorAdvice[category].afterwards}
        </Alert>
      ))}
    </Stack>
  )
}
