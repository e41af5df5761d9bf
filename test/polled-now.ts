import type { LastPolls } from '../src/temporal/last-polls.ts'

/** As Temporal answers while a worker takes all work. */
export const polledNow = (): LastPolls => ({
  steps: { taskQueue: 'test', at: new Date() },
  readers: { taskQueue: 'test-readers', at: new Date() },
})
