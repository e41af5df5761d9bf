import type { Counts } from '../../store/event-append.ts'
import { builder } from '../builder.ts'

export const SyncCounts = builder.objectRef<Counts>('SyncCounts').implement({
  description: 'What a run did so far, over all attempts.',
  fields: (t) => ({
    fetched: t.exposeInt('fetched', { description: 'Records received, re-reads included.' }),
    created: t.exposeInt('created'),
    updated: t.exposeInt('updated'),
    unchanged: t.exposeInt('unchanged', { description: 'Received and equal to what was stored.' }),
    deleted: t.exposeInt('deleted'),
    rejected: t.exposeInt('rejected', { description: 'Could not be mapped: see EntityRun.rejectedRecords.' }),
    heldDeletes: t.exposeInt('heldDeletes', { description: 'Would be deleted, and wait for confirmDeletes.' }),
  }),
})

export const noCounts: Counts = {
  fetched: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  heldDeletes: 0,
}

export function sumCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, counts) => ({
      fetched: sum.fetched + counts.fetched,
      created: sum.created + counts.created,
      updated: sum.updated + counts.updated,
      unchanged: sum.unchanged + counts.unchanged,
      deleted: sum.deleted + counts.deleted,
      rejected: sum.rejected + counts.rejected,
      heldDeletes: sum.heldDeletes + counts.heldDeletes,
    }),
    noCounts,
  )
}
