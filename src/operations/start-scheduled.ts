import type { EntityType } from '../model/entity-type.ts'
import { readConnection } from '../store/connection-read.ts'
import { applySchedules } from './apply-schedules.ts'
import type { OperationDeps } from './deps.ts'
import { idempotent } from './idempotent.ts'
import { launchRun } from './launch-run.ts'
import { schedulerOf } from './scheduler.ts'
import { type BegunRun, startRun } from './start-sync.ts'

export interface Firing {
  connectionId: string
  /** Key of the schedule. */
  schedule: string
  /** Known by it, a firing that is handled again starts nothing again. */
  triggerId: string
}

/**
 * A schedule has fired: starts one run of its entities that are free. A firing that finds no entity of its schedule, or a connection that rests, makes
 * Temporal match what is wanted, so that it does not fire again.
 */
export async function startScheduled(
  deps: Pick<OperationDeps, 'db' | 'temporal' | 'log'>,
  { connectionId, schedule, triggerId }: Firing,
): Promise<{ syncRunId: string | null; skipped: EntityType[] }> {
  const connection = await readConnection(deps.db, connectionId)
  if (!connection || connection.status !== 'ACTIVE') return rest()

  const caller = schedulerOf(connection.environmentId)
  const once = await idempotent<BegunRun>(deps.db, caller, 'triggerSync', triggerId, { connectionId, schedule })
  if (once.replay) {
    const { syncRunId, mode } = once.replay
    if (syncRunId !== null) await launchRun(deps, { syncRunId, connectionId, mode })
    return told(once.replay)
  }
  const begun = await startRun(
    deps,
    { connectionId, entities: null, schedule, mode: 'INCREMENTAL', trigger: 'SCHEDULE', requestedBy: caller.id },
    once.keep,
  )
  return begun.syncRunId === null && begun.attached.length === 0 ? rest() : told(begun)

  async function rest() {
    await applySchedules(deps, connectionId, [schedule])
    return { syncRunId: null, skipped: [] }
  }
}

function told({ syncRunId, attached }: BegunRun) {
  return { syncRunId, skipped: attached.map((held) => held.entity) }
}
