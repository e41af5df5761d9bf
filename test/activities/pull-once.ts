import { MockActivityEnvironment } from '@temporalio/testing'
import type { PullInput, PullResult } from '../../src/activities/activities.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import { pullEntity } from '../../src/activities/pull-entity.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { entityRunOf, seedRun, type Seeded } from '../store/seeded-connection.ts'

// the activity's own log says what failed
const ignore = () => {}
const quiet = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

type Attempted = { attempt?: number; waitedMs?: number; scheduledAt?: number } & Partial<PullInput>

/** One attempt of a call of pullEntity, as a worker makes it; it waited for that worker since `scheduledAt`, or for `waitedMs`. */
export function pullOnce(
  deps: ActivityDeps,
  entityRunId: string,
  { attempt = 1, waitedMs = 0, scheduledAt = Date.now() - waitedMs, ...input }: Attempted = {},
): Promise<PullResult> {
  return new MockActivityEnvironment(
    { attempt, currentAttemptScheduledTimestampMs: scheduledAt },
    { logger: quiet },
  ).run(pullEntity(deps), { entityRunId, retrying: false, ...input })
}

/** A whole run of PART in this mode that nothing interrupts, ended as its workflow ends it; answers the entity run. */
export async function runOnce(deps: ActivityDeps, seeded: Seeded, mode: SyncMode) {
  const { entityRunIds } = await seedRun(deps.db, seeded, [{ entity: 'PART', mode }])
  const [entityRunId = ''] = entityRunIds
  const result = await pullOnce(deps, entityRunId)
  if (!result.done) throw new Error('the run was interrupted')
  const { done: _, ...read } = result
  await endEntityRun(deps.db, entityRunId, { status: 'SUCCEEDED', ...read })
  return entityRunOf(deps.db, entityRunId)
}
