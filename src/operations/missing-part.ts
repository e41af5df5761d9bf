import type { LastPoll } from '../temporal/last-polls.ts'
import type { SyncControl } from '../temporal/sync-control.ts'

/** What runs need and nobody gives at the moment, in words for whoever can change it. */
export interface MissingPart {
  /**
   * WORKER: no worker lives. READER: workers live, and none of them takes readings. TEMPORAL: it does not answer. WORKFLOW: workers live, and fail at the
   * run's workflow code.
   */
  what: 'WORKER' | 'READER' | 'TEMPORAL' | 'WORKFLOW'
  message: string
}

/** An idle worker asks once a minute at least; the rest is for clocks that differ. */
const aliveWithinMs = 90_000

/** Null: all that runs need is there, as far as Temporal knows. Never throws. */
export async function missingPart(temporal: Pick<SyncControl, 'lastPolls'>): Promise<MissingPart | null> {
  const polls = await temporal.lastPolls().catch(() => null)
  if (!polls) return { what: 'TEMPORAL', message: temporalMessage }
  if (!isPolled(polls.steps)) return { what: 'WORKER', message: workerMessage(polls.steps) }
  if (!isPolled(polls.readers)) return { what: 'READER', message: readerMessage(polls.readers) }
  return null
}

const isPolled = ({ at }: LastPoll) => at !== null && Date.now() - at.getTime() < aliveWithinMs

const temporalMessage =
  'Temporal does not answer, and without it no run begins or goes on. Nothing is lost: runs go on by themselves, within a minute or two, when it is ' +
  'back. See that the Temporal server runs and can be reached at TEMPORAL_ADDRESS.'

const workerMessage = (poll: LastPoll) =>
  `No worker takes work: ${asked(poll)}. The workers have ended, could not start, or have another TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE than the API. ` +
  'Nothing is lost: runs go on by themselves when a worker is there. Start one (npm run worker), or read in its log why it does not start.'

const readerMessage = (poll: LastPoll) =>
  `Workers are there, but none of them takes readings: ${asked(poll)}. Either all their places are taken, and the next reading begins when one ends: ` +
  'start another worker to read more at once. Or all workers are of a release that reads from another task queue: replace them with this one.'

const asked = ({ taskQueue, at }: LastPoll) =>
  at === null
    ? `Temporal remembers none that asked the task queue "${taskQueue}"`
    : `the last one asked the task queue "${taskQueue}" at ${at.toISOString()}`
