import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { inject } from 'vitest'
import { createPlaces } from '../../src/activities/places.ts'
import type { EntityToRun } from '../../src/activities/activities.ts'
import { createLogger } from '../../src/log.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { registerSearchAttributes } from '../../src/temporal/search-attributes.ts'
import { createWorker } from '../../src/temporal/worker.ts'
import { eventually } from '../eventually.ts'
import { forwardSdkLogsOnce } from '../sdk-logs.ts'
import { fakeActivities } from './fake-activities.ts'

export type WorkflowRig = Awaited<ReturnType<typeof startWorkflows>>

/** The real workflows on a real server (the run's own unless told), over activities that a test sets. */
export async function startWorkflows(address = inject('temporalAddress')) {
  // what workflows say of failures is what these tests are about
  forwardSdkLogsOnce(createLogger({ level: 'error' }))
  const taskQueue = `test-${randomUUID()}`
  const connection = await Connection.connect({ address })
  await registerSearchAttributes(connection, 'default')
  const client = new Client({ connection })
  const control = createSyncControl(client, taskQueue)
  const fakes = fakeActivities()
  const native = await NativeConnection.connect({ address })
  const worker = await createWorker({
    connection: native,
    namespace: 'default',
    taskQueue,
    activities: fakes,
    places: createPlaces(),
  })
  const running = worker.run()

  return {
    client,
    control,
    fakes,
    worker,
    /** Starts a run of these entities on a connection of its own unless told. */
    async start(entities: EntityToRun[], connectionId: string = randomUUID()) {
      const syncRunId = randomUUID()
      fakes.runs.set(syncRunId, entities)
      await control.startRun({ syncRunId, connectionId, mode: entities[0]?.mode ?? 'INITIAL' })
      const handle = client.workflow.getHandle(`sync-run/${syncRunId}`)
      return { syncRunId, connectionId, handle, result: () => handle.result() as Promise<string> }
    },
    child: (connectionId: string, entity: string) => client.workflow.getHandle(`sync/${connectionId}/${entity}`),
    /** Waits until an entity run is being read. */
    read: ({ entityRunId }: EntityToRun) =>
      eventually(`reading of ${entityRunId}`, () => fakes.pulls.some((pull) => pull.entityRunId === entityRunId)),
    statusOf: ({ entityRunId }: EntityToRun) => fakes.ended.get(entityRunId)?.status,
    async stop() {
      worker.shutdown()
      await running
      await native.close()
      await connection.close()
    },
  }
}
