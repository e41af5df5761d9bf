import type { MissingPart } from '../../operations/missing-part.ts'
import { builder } from '../builder.ts'

const SyncWaitReason = builder.enumType('SyncWaitReason', {
  description: 'The part of Syncline that is missing.',
  values: {
    WORKER: { description: 'No worker takes work: none runs, or none that reaches the same Temporal namespace.' },
    READER: {
      description: 'Workers run, but none takes readings: as a rule because each of them is reading as much as it may.',
    },
    WORKFLOW: {
      description:
        "Workers take the run's work and fail at its workflow code, as a rule because it was begun by another release than theirs.",
    },
    TEMPORAL: { description: 'Temporal does not answer the API.' },
  } as const,
})

export const SyncWait = builder.objectRef<MissingPart>('SyncWait').implement({
  description: 'What a run waits for that is not there.',
  fields: (t) => ({
    what: t.expose('what', { type: SyncWaitReason, description: 'For programs.' }),
    message: t.exposeString('message', {
      description: 'For people: what happened, why, and what to do next. Its wording may change.',
    }),
  }),
})
