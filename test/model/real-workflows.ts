import type { Client } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { NativeConnection } from '@temporalio/worker'
import type { Activities, Failure } from '../../src/activities/activities.ts'
import { createPlaces } from '../../src/activities/places.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { createWorker } from '../../src/temporal/worker.ts'
import { createAttempt, currentAttempt } from './attempt.ts'
import type { PlayedHooks, Workflows } from './played-workflows.ts'
import type { ModelEntity } from './sequence.ts'

export interface Temporal {
  client: Client
  native: NativeConnection
  taskQueue: string
}

export interface RealHooks extends Pick<PlayedHooks, 'explain'> {
  aboutRun(entityRunId: string): Promise<{ syncRunId: string; entity: ModelEntity }>
}

/** workflows/ themselves, on a Temporal server and with a worker in this process. Nothing is frozen or lost here: that would take its time-outs. */
export async function realWorkflows(
  { client, native, taskQueue }: Temporal,
  activities: () => Activities,
  hooks: RealHooks,
): Promise<Workflows> {
  const started = new Set<string>()
  const own = createSyncControl(client, taskQueue)
  const control: SyncControl = {
    ...own,
    async startRun(run) {
      started.add(run.syncRunId)
      return own.startRun(run)
    },
  }
  const worker = await createWorker({
    connection: native,
    namespace: 'default',
    taskQueue,
    places: createPlaces(),
    activities: {
      beginRun: (input) => activities().beginRun(input),
      finishEntity: (input) => activities().finishEntity(input),
      finishRun: (input) => activities().finishRun(input),
      cleanUpConnection: (input) => activities().cleanUpConnection(input),
      deleteConnectionData: (input) => activities().deleteConnectionData(input),
      triggerSync: (input) => activities().triggerSync(input),
      awaitReader: (input) => activities().awaitReader(input),
      async pullEntity(input) {
        const { entityRunId } = input
        const attempt = createAttempt({ entityRunId, ...(await hooks.aboutRun(entityRunId)), env: null })
        try {
          return await currentAttempt.run(attempt, () => activities().pullEntity(input))
        } catch (error) {
          if (error instanceof ApplicationFailure) hooks.explain(attempt, error.details?.[0] as Failure) // as src/activities/failure.ts makes it
          throw error
        }
      },
    },
  })
  const running = worker.run()

  return {
    control,
    lose() {},
    async settled() {
      for (let seen = -1; seen < started.size; ) {
        seen = started.size
        // a run that its disconnected connection has canceled rejects, and has ended all the same
        await Promise.allSettled([...started].map((id) => client.workflow.getHandle(`sync-run/${id}`).result()))
      }
    },
    async settleLeftover() {},
    async close() {
      worker.shutdown()
      await running
    },
  }
}
