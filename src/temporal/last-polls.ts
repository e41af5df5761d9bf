import type { Client } from '@temporalio/client'
import { queryDeadlineMs } from './deadlines.ts'
import { readersQueue } from './task-queue.ts'

/** When a worker last asked a task queue for work. */
export interface LastPoll {
  taskQueue: string
  /** Null: Temporal remembers none, that is none within some five minutes. */
  at: Date | null
}

export interface LastPolls {
  /** Of workflow code and short steps: every worker that lives asks for these at least once a minute. */
  steps: LastPoll
  /** Of long readings: a worker all of whose places for readings are taken does not ask. */
  readers: LastPoll
}

/** However many runs are looked at, and however often: Temporal is asked once in this time. */
const freshMs = 3_000

// temporal.api.enums.v1.TaskQueueType
const workflowTasks = 1
const activityTasks = 2

/** Answers from one question for some seconds; that Temporal does not answer is remembered as long. */
export function createLastPolls(client: Client, taskQueue: string): () => Promise<LastPolls> {
  let asked: { at: number; answer: Promise<LastPolls> } | undefined
  return () => {
    const now = performance.now()
    if (!asked || now - asked.at > freshMs) asked = { at: now, answer: ask() }
    return asked.answer
  }

  function ask(): Promise<LastPolls> {
    return client.withDeadline(Date.now() + queryDeadlineMs, async () => {
      const [steps, readers] = await Promise.all([
        lastPoll(taskQueue, workflowTasks),
        lastPoll(readersQueue(taskQueue), activityTasks),
      ])
      return { steps, readers }
    })
  }

  async function lastPoll(name: string, taskQueueType: number): Promise<LastPoll> {
    const { namespace } = client.options
    const found = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType })
    const times = found.pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000)
    return { taskQueue: name, at: times.length > 0 ? new Date(Math.max(...times)) : null }
  }
}
