import type { EntityType, StartSyncMutation } from '../generated/documents.ts'

/** Entities that were not started, and the run that reads them already. */
export interface Attached {
  runId: string
  entities: readonly EntityType[]
}

export type Started = Extract<StartSyncMutation['startSync'], { __typename: 'StartSyncPayload' }>

export const attachedTo = ({ alreadyRunning, attachedRuns }: Started): Attached[] =>
  attachedRuns.map(({ id, entities }) => ({
    runId: id,
    entities: entities.map(({ entity }) => entity).filter((entity) => alreadyRunning.includes(entity)),
  }))

/** What the page of a run is told by whoever leads there. */
export const arrivalOf = (started: Started) => ({ attached: attachedTo(started) })

export const attachedIn = (arrival: unknown): readonly Attached[] =>
  typeof arrival === 'object' && arrival !== null && 'attached' in arrival ? (arrival.attached as Attached[]) : [] // of arrivalOf
