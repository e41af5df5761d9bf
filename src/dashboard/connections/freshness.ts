import type { ConnectionRowFragment } from '../generated/documents.ts'

type EntityRow = ConnectionRowFragment['entities'][number]

/**
 * A connection is as fresh as its stalest entity: the oldest of the last successes. Null with how many have none, when one was never read to
 * the end.
 */
export function lastSuccess(entities: readonly EntityRow[]): { at: string | null; never: number; of: number } {
  const enabled = entities.filter((entity) => entity.enabled)
  const successes = enabled.flatMap(({ lastSuccessfulSyncAt: at }) => (at === null ? [] : [at]))
  const never = enabled.length - successes.length
  const oldest = successes.reduce<string | null>((least, at) => (least === null || at < least ? at : least), null)
  return { at: never === 0 ? oldest : null, never, of: enabled.length }
}

export function earliest(moments: readonly (string | null)[]): string | null {
  return moments.reduce((least, at) => (at !== null && (least === null || at < least) ? at : least), null)
}

export const totalRecords = (entities: readonly EntityRow[]) =>
  entities.reduce((sum, { recordCount }) => sum + recordCount, 0)

/** The last run that has ended, over all entities. */
export function lastEnded(entities: readonly EntityRow[]) {
  return entities
    .flatMap(({ lastRun }) => (lastRun?.finishedAt ? [{ ...lastRun, finishedAt: lastRun.finishedAt }] : []))
    .reduce<{ syncRunId: string; status: NonNullable<EntityRow['lastRun']>['status']; finishedAt: string } | null>(
      (newest, run) => (newest === null || run.finishedAt > newest.finishedAt ? run : newest),
      null,
    )
}
