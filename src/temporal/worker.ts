import { type LogEntry, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Activities } from '../activities/activities.ts'
import type { Logger } from '../log.ts'
import { workflowBundle } from './workflow-bundle.ts'

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

export async function createWorker({ connection, namespace, taskQueue, activities }: WorkerOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities: { ...activities },
    workflowBundle: await workflowBundle(),
    maxConcurrentActivityTaskExecutions: 20,
    // throttled to 80 % of the time-out, heartbeats would bring word of a cancel that late
    maxHeartbeatThrottleInterval: '200ms',
    defaultHeartbeatThrottleInterval: '200ms',
    // after a worker's death its workflows wait no longer than this for it
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '5s',
  })
}
