import { countHeldOfRuns, type HeldDeletion as HeldDeletionShape, heldOfRuns } from '../../store/held-read.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { keyEdge, keyWindow } from '../key-page.ts'
import { pageType } from '../page-type.ts'
import { toPage } from '../paging.ts'
import { EntityRun } from './entity-run.ts'
import { forwardArguments } from './page-arguments.ts'
import { RecordInterface } from './record.ts'

const authScopes = { scope: 'RECORDS_READ' } as const

const HeldDeletion = builder.objectRef<HeldDeletionShape>('HeldDeletion').implement({
  description: 'A record that a full re-sync missed at the source, and whose deletion waits for confirmDeletes.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: "The source's key." }),
    record: t.field({
      type: RecordInterface,
      authScopes,
      nullable: true,
      resolve: (held, _args, { loaders }) => loaders.record.load(held),
    }),
  }),
})

const HeldDeletionPage = pageType('HeldDeletion', HeldDeletion)

builder.prismaObjectField(EntityRun, 'heldDeletions', (t) =>
  t.field({
    type: HeldDeletionPage,
    authScopes,
    description:
      'Records whose deletion this run holds back, by key: those that counts.heldDeletes counts. Empty once decided, or when a later full re-sync has succeeded.',
    args: forwardArguments(t.arg),
    complexity: pageComplexity,
    resolve: async (run, args, { loaders, pool }, info) => {
      const window = keyWindow(args)
      const page = { after: window.from, limit: window.limit + 1 }
      const rows = loaders.ofField(info, 'rows', (runs: readonly { id: string }[]) =>
        heldOfRuns(pool, idsOf(runs), page),
      )
      const counts = loaders.ofField(info, 'counts', (runs: readonly { id: string }[]) =>
        countHeldOfRuns(pool, idsOf(runs)),
      )
      const found = (await rows.load(run)) ?? []
      return toPage(found, window, keyEdge, async () => (await counts.load(run)) ?? 0)
    },
  }),
)

const idsOf = (runs: readonly { id: string }[]) => runs.map(({ id }) => id)
