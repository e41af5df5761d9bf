import { ScheduleOverlapPolicy } from '@temporalio/client'
import type { SyncedEntity } from '../../src/model/entities.ts'
import type { StoredSchedule } from '../../src/store/connection-schedules.ts'
import { eventually } from '../eventually.ts'
import type { Engine } from './engine.ts'

/** A connection whose initial sync has ended, and its schedules in Temporal. */
export async function connectScheduled(
  engine: Engine,
  schedule: StoredSchedule | null,
  entities: SyncedEntity[] = ['PART', 'VENDOR'],
  credentials: object = {},
) {
  const { connectionId, syncRunId } = await engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials,
    entities,
    schedule,
  })
  await engine.finished(syncRunId)
  const handle = (key: string) => engine.client.schedule.getHandle(`schedule/${connectionId}/${key}`)
  return {
    connectionId,
    handle,
    /** Lets a schedule fire now, as it would by itself. */
    async fire(key: string) {
      const before = (await handle(key).describe()).info.numActionsTaken
      await handle(key).trigger(ScheduleOverlapPolicy.SKIP)
      const action = await eventually('the trigger to start', async () => {
        const { info } = await handle(key).describe()
        return info.numActionsTaken > before && info.recentActions.at(-1)?.action.workflow
      })
      const trigger = engine.client.workflow.getHandle(action.workflowId, action.firstExecutionRunId)
      // the answer of workflows/trigger-sync.ts
      const result = (await trigger.result()) as { syncRunId: string | null; skipped: string[] }
      return { trigger, ...result }
    },
    /** Keys of the schedules that are there. */
    async present(...keys: string[]) {
      const found = await Promise.all(
        keys.map((key) =>
          handle(key)
            .describe()
            .then(
              ({ state }) => [`${key}${state.paused ? ' paused' : ''}`],
              () => [],
            ),
        ),
      )
      return found.flat()
    },
    gate: () => engine.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } }),
    runs: () =>
      engine.db.prisma.syncRun.findMany({ where: { connectionId, trigger: 'SCHEDULE' }, orderBy: { id: 'asc' } }),
    events: (type: 'SYNC_SKIPPED' | 'CONNECTION_RESUMED' | 'CONNECTION_ACTION_REQUIRED') =>
      engine.db.prisma.event.findMany({ where: { connectionId, type }, orderBy: { sequence: 'asc' } }),
  }
}
