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

/**
 * Reading. A call that returns has made progress; one that has made none within `patience` fails for good. Time-outs are short because
 * nothing is lost by one: the checkpoint is in PostgreSQL.
 */
export const reading = (patience: '30 minutes' | '24 hours') =>
  proxyActivities<Pick<Activities, 'pullEntity'>>({
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: patience,
    heartbeatTimeout: '15s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  })
