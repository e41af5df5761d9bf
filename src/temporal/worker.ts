import { type LogEntry, NativeConnection, Runtime, Worker, type WorkerTuner } from '@temporalio/worker'
import type { Activities } from '../activities/activities.ts'
import type { Places } from '../activities/places.ts'
import type { Logger } from '../log.ts'
import { readersQueue } from './task-queue.ts'
import { workflowBundle } from './workflow-bundle.ts'

export interface WorkerOptions {
  connection: NativeConnection
  namespace: string
  taskQueue: string
  activities: Activities
  /** For readings; the activities know the same. */
  places: Places
}

/** Once a process, before the first connection: the SDK's own logs go into ours. */
export function forwardSdkLogs(log: Logger) {
  const scoped = log.child({ from: 'temporal' })
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const
  const write = (level: LogEntry['level'], message: string, meta?: object) =>
    scoped[levels[level]]({ ...meta }, message)
  Runtime.install({
    shutdownSignals: [], // the composition root stops the worker
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  })
}

export interface SyncWorker {
  /** Settles when it has been shut down and what it was doing has ended; rejects when it can no longer work. */
  run(): Promise<void>
  shutdown(): void
}

/**
 * Two workers in one: short steps and workflow code on the queue itself, long readings on a queue beside it, so that however many connections
 * are being read, runs begin, end and are cleaned up at once.
 */
export async function createWorker({
  connection,
  namespace,
  taskQueue,
  activities,
  places,
}: WorkerOptions): Promise<SyncWorker> {
  const { pullEntity, ...steps } = activities
  const common = {
    connection,
    namespace,
    // throttled to 80 % of the time-out, heartbeats would bring word of a cancel that late
    maxHeartbeatThrottleInterval: '200ms',
    defaultHeartbeatThrottleInterval: '200ms',
    shutdownGraceTime: '5s',
  } as const
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      activities: steps,
      workflowBundle: await workflowBundle(),
      maxConcurrentActivityTaskExecutions: 50,
      // after a worker's death its workflows wait no longer than this for it
      stickyQueueScheduleToStartTimeout: '1s',
    }),
    Worker.create({
      ...common,
      taskQueue: readersQueue(taskQueue),
      activities: { pullEntity },
      tuner: readingInPlaces(places),
    }),
  ])
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
  }
  return {
    shutdown,
    // one without the other is no worker
    run: () => Promise.all(workers.map((worker) => worker.run().finally(shutdown))).then(() => {}),
  }
}

/** No more is polled for than there are places. Nothing but activities comes on the queue for readings. */
function readingInPlaces(places: Places): WorkerTuner {
  const none = { type: 'fixed-size', numSlots: 2 } as const
  return {
    workflowTaskSlotSupplier: none,
    localActivityTaskSlotSupplier: none,
    nexusTaskSlotSupplier: none,
    activityTaskSlotSupplier: {
      type: 'custom',
      async reserveSlot(_context, signal) {
        await places.reserve(signal)
        return {}
      },
      tryReserveSlot: () => (places.tryReserve() ? {} : null),
      markSlotUsed: () => {},
      releaseSlot: () => places.free(),
    },
  }
}
