import {
  countRejectedOfConnections,
  rejectedOfConnections,
  rejectedOfRuns,
  rejectedPayloads,
  type StoredRejection,
} from '../../store/rejected-read.ts'
import { builder } from '../builder.ts'
import { pageComplexity, rawComplexity } from '../complexity.ts'
import { keyEdge, keyWindow } from '../key-page.ts'
import { pageType } from '../page-type.ts'
import { pageSize, toPage } from '../paging.ts'
import { Connection } from './connection.ts'
import { EntityRun } from './entity-run.ts'
import { EntityType } from './enums.ts'
import { forwardArguments } from './page-arguments.ts'
import { parsedRaw } from './record.ts'

const authScopes = { scope: 'RECORDS_READ' } as const

const RejectedRecord = builder.objectRef<StoredRejection>('RejectedRecord').implement({
  description:
    'A record that the source sent and that could not be mapped. It is gone from here once it arrives well, or when a full re-sync meets it no more.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', {
      description: 'The source\'s key; a hash behind "?" where the key could not be read.',
    }),
    reason: t.exposeString('reason', { description: 'Which field, and what is wrong with it.' }),
    rejectedAt: t.expose('rejectedAt', { type: 'DateTime', description: 'When it last came.' }),
    payload: t.field({
      type: 'JSON',
      nullable: true,
      authScopes: { scope: 'RECORDS_RAW_READ' },
      complexity: rawComplexity,
      description:
        'The payload as the source sent it; one that is not JSON comes as text, as does one of more than 64 KB, of which the beginning is kept. ' +
        'Needs RECORDS_RAW_READ: null and FORBIDDEN without it.',
      resolve: async (rejection, _args, { loaders, pool }, info) => {
        const loader = loaders.ofField(info, 'payloads', (asked: readonly StoredRejection[]) =>
          rejectedPayloads(pool, asked),
        )
        const raw = await loader.load(rejection)
        return raw === undefined ? null : parsedRaw(raw)
      },
    }),
  }),
})

const RejectedRecordPage = pageType('RejectedRecord', RejectedRecord)

builder.prismaObjectField(EntityRun, 'rejectedRecords', (t) =>
  t.field({
    type: [RejectedRecord],
    authScopes,
    description: 'What this run could not map and what has not arrived well since, by key.',
    args: { first: t.arg.int() },
    complexity: pageComplexity,
    resolve: async (run, args, { loaders, pool }, info) => {
      const limit = pageSize(args.first, 'first')
      const loader = loaders.ofField(info, 'rows', (runs: readonly { id: string }[]) =>
        rejectedOfRuns(
          pool,
          runs.map(({ id }) => id),
          limit,
        ),
      )
      return (await loader.load(run)) ?? []
    },
  }),
)

builder.prismaObjectField(Connection, 'rejectedRecords', (t) =>
  t.field({
    type: RejectedRecordPage,
    authScopes,
    description:
      'Records of an entity that could not be mapped, by key, so that paging is not disturbed by a run that rejects them again. The newest 10,000 are ' +
      "kept; how many there were is in the runs' counts.",
    args: { entity: t.arg({ type: EntityType, required: true }), ...forwardArguments(t.arg) },
    complexity: pageComplexity,
    resolve: async (connection, { entity, ...args }, { loaders, pool }, info) => {
      const window = keyWindow(args)
      const page = { after: window.from, limit: window.limit + 1 }
      const rows = loaders.ofField(info, 'rows', (owners: readonly (typeof connection)[]) =>
        rejectedOfConnections(pool, owners, entity, page),
      )
      const counts = loaders.ofField(info, 'counts', (owners: readonly (typeof connection)[]) =>
        countRejectedOfConnections(pool, owners, entity),
      )
      const found = (await rows.load(connection)) ?? []
      return toPage(found, window, keyEdge, async () => (await counts.load(connection)) ?? 0)
    },
  }),
)
