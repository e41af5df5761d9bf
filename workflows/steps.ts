import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../src/activities/activities.ts'

/** Steps that only touch the database: short, and repeated until they are done. */
export const steps = proxyActivities<
  Pick<Activities, 'beginRun' | 'finishEntity' | 'finishRun' | 'cleanUpConnection' | 'triggerSync'>
>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
})

/** Waiting for a reader that is still closing: it has nothing left to do, so it does not take long. */
export const { awaitReader } = proxyActivities<Pick<Activities, 'awaitReader'>>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '3 minutes',
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
})

/** Deleting data: calls of some seconds each. Nothing is lost by a time-out: what is deleted is deleted. */
export const deleting = proxyActivities<Pick<Activities, 'deleteConnectionData'>>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
})

/** Reading has task queues of its own: calls that last minutes must not keep the short steps of other runs waiting. */
export const readersSuffix = '-readers'

/**
 * Reading. A call that returns has made progress; the activity itself ends one that makes none for too long. Time-outs are short because
 * nothing is lost by one: the checkpoint is in PostgreSQL. How long a call waits for a free worker is not counted, within a day. Where calls wait,
 * those that keep an entity current go before those that read all of it.
 */
export const reading = (taskQueue: string, mode: 'INITIAL' | 'INCREMENTAL' | 'FULL_RESYNC') =>
  proxyActivities<Pick<Activities, 'pullEntity'>>({
    taskQueue,
    priority: { priorityKey: mode === 'INCREMENTAL' ? 2 : 3 },
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '26 hours',
    heartbeatTimeout: '15s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  })
