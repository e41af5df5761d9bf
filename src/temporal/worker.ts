import { type LogEntry, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Activities } from '../activities/activities.ts'
import type { Logger } from '../log.ts'
import { readersQueue } from './task-queue.ts'
import { workflowBundle } from './workflow-bundle.ts'

/** Entities read at once by one worker. */
const readersAtOnce = 20

export interface WorkerOptions {
  connection: NativeConnection
  namespace: string
  taskQueue: string
  activities: Activities
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
      maxConcurrentActivityTaskExecutions: readersAtOnce,
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
