import type { EntityRun as EntityRunRow } from '../../generated/prisma/client.ts'
import { builder } from '../builder.ts'
import { EntityRun } from './entity-run.ts'

const Completeness = builder.objectRef<EntityRunRow>('Completeness').implement({
  description: 'What shows whether a run has brought the whole of its window, over all its attempts.',
  fields: (t) => ({
    sourceCount: t.exposeInt('estimatedTotal', {
      nullable: true,
      description:
        'Records in the window as the source counted them when the run started. Null: not counted, or the source does not count.',
    }),
    sourceCountAtEnd: t.exposeInt('sourceCountEnd', {
      nullable: true,
      description:
        'The same count when the run had read its window; records that came meanwhile are in it. Null in INCREMENTAL runs, where it is not asked for.',
    }),
    held: t.exposeInt('heldInWindow', {
      nullable: true,
      description:
        'Live records that Syncline held in the window when the run had read it: stamped at or after windowStart, or not stamped. Null before that, and in INCREMENTAL runs of an entity with more than 10,000 records that have no modified stamp.',
    }),
    windowStart: t.expose('windowStart', { type: 'DateTime', nullable: true, description: 'Null: everything.' }),
    windowEnd: t.expose('windowEnd', {
      type: 'DateTime',
      nullable: true,
      description: "The run's end in the source's clock. Reading goes beyond it; the next run resumes before it.",
    }),
    pages: t.exposeInt('pages', {
      description: 'Pages of the source whose records were committed, those of a second look included.',
    }),
    overlapHits: t.exposeInt('overlapHits', {
      description:
        "Records at the lower edge of an INCREMENTAL run's window, where it overlaps the run before, that were read again and had not changed. 0 in other runs.",
    }),
    rejected: t.exposeInt('rejected', {
      description: 'Times that a record came and could not be mapped, as counts.rejected.',
    }),
    complete: t.boolean({
      description:
        'True when the run succeeded, which it does only after enumerating its window, rejected nothing, and Syncline holds at least as many records ' +
        'of the window as the source counted: the lower of its two counts, as records may go while a run reads.',
      resolve: isComplete,
    }),
  }),
})

function isComplete({ status, rejected, heldInWindow, estimatedTotal, sourceCountEnd }: EntityRunRow): boolean {
  const counted = [estimatedTotal, sourceCountEnd].filter((count) => count !== null)
  const holdsAll = heldInWindow === null || counted.length === 0 || heldInWindow >= Math.min(...counted)
  return status === 'SUCCEEDED' && rejected === 0 && holdsAll
}

builder.prismaObjectField(EntityRun, 'completeness', (t) =>
  t.field({ type: Completeness, complexity: 0, resolve: (run) => run }),
)
