import type { AuditEntry as AuditEntryRow, Prisma } from '../../generated/prisma/client.ts'
import { type Party, partiesOf } from '../../store/party-names.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import type { Context } from '../context.ts'
import { edgeQuery } from '../edge-query.ts'
import { idEdge, idRange, idWindow, inListOrder } from '../id-page.ts'
import { isStoreId, nodeId } from '../node-id.ts'
import { pageType } from '../page-type.ts'
import { toPage } from '../paging.ts'
import { forwardArguments } from './page-arguments.ts'

const AuditPartyKind = builder.enumType('AuditPartyKind', {
  values: ['API_KEY', 'CONNECTION', 'CONNECTION_TOKEN', 'SYNC_RUN'] as const,
})

const nodeTypes = { API_KEY: 'ApiKey', CONNECTION: 'Connection', CONNECTION_TOKEN: 'Connection', SYNC_RUN: 'SyncRun' }

const AuditParty = builder.objectRef<Party>('AuditParty').implement({
  description: 'What people call an actor or a target.',
  fields: (t) => ({
    kind: t.expose('kind', { type: AuditPartyKind }),
    id: t.id({
      description: "Its Node id; of a token: its connection's.",
      resolve: ({ kind, id }) => nodeId(nodeTypes[kind], id),
    }),
    name: t.exposeString('name', { description: 'Of the key; else of the connection.' }),
  }),
})

const AuditEntry = builder.prismaObject('AuditEntry', {
  description: 'Something that someone did, or tried to.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => nodeId('AuditEntry', id) }),
    at: t.expose('at', { type: 'DateTime' }),
    actor: t.exposeString('actor', {
      description: '"owner", the id of a key or token, "schedule", or "nobody" where that was refused.',
    }),
    actorParty: t.field({
      type: AuditParty,
      nullable: true,
      description: 'The key or token of `actor`; null where it is none of this environment.',
      resolve: (entry, _args, context, info) => partyOf('actor', entry, context, info),
    }),
    action: t.exposeString('action', { description: 'Such as API_KEY_ROTATE, CONNECTION_DISCONNECT.' }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'The UUID within the Node id of what it was done to; null where that was not made.',
    }),
    targetParty: t.field({
      type: AuditParty,
      nullable: true,
      description: 'The key, connection or run of `target`; null where it is none of this environment.',
      resolve: (entry, _args, context, info) => partyOf('target', entry, context, info),
    }),
    outcome: t.exposeString('outcome', {
      description: 'OK, or why not: the code of the error that the caller got, or DELIVERY_FAILED.',
    }),
    ip: t.exposeString('ip', { nullable: true }),
  }),
})

async function partyOf(
  side: 'actor' | 'target',
  entry: AuditEntryRow,
  { loaders, pool, session }: Context,
  info: Parameters<Context['loaders']['ofField']>[0],
) {
  const loader = loaders.ofField(info, side, async (entries: readonly AuditEntryRow[]) => {
    const ids = entries.flatMap((each) => each[side] ?? []).filter(isStoreId)
    const parties = await partiesOf(pool, session.caller.environmentId, ids)
    return new Map(entries.map((each) => [each.id, parties.get(each[side] ?? '')]))
  })
  return (await loader.load(entry)) ?? null
}

const AuditEntryPage = pageType('AuditEntry', AuditEntry)

const AuditFilter = builder.inputType('AuditFilter', {
  description: 'Texts are compared as a whole, as the entries tell them.',
  fields: (t) => ({
    actor: t.string(),
    action: t.string(),
    target: t.string(),
    succeeded: t.boolean({ description: 'true: what was done. false: what was refused, or failed.' }),
    since: t.field({ type: 'DateTime', description: 'From then on, that moment included.' }),
    until: t.field({ type: 'DateTime', description: 'Before then.' }),
  }),
})

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditEntryPage,
    authScopes: { scope: 'AUDIT_READ' },
    description:
      "What happened in the caller's environment, newest first; for the owner also what concerns the whole installation.",
    args: { filter: t.arg({ type: AuditFilter }), ...forwardArguments(t.arg) },
    complexity: pageComplexity,
    resolve: async (_root, { filter, ...args }, context, info) => {
      const { prisma, session } = context
      const { kind, environmentId } = session.caller
      const window = idWindow(args)
      const range = idRange(window)
      const reachable = kind === 'OWNER' ? { OR: [{ environmentId }, { environmentId: null }] } : { environmentId }
      const where: Prisma.AuditEntryWhereInput = { AND: [reachable, conditions(filter ?? {})] }
      const query = edgeQuery(context, info, 'AuditEntry')
      const rows = await prisma.auditEntry.findMany({ ...query, ...range, where: { AND: [where, range.where] } })
      return toPage(inListOrder(rows, window), window, idEdge, () => prisma.auditEntry.count({ where }))
    },
  }),
)

function conditions({
  actor,
  action,
  target,
  succeeded,
  since,
  until,
}: typeof AuditFilter.$inferInput): Prisma.AuditEntryWhereInput {
  return {
    ...(actor == null ? {} : { actor }),
    ...(action == null ? {} : { action }),
    ...(target == null ? {} : { target }),
    ...(succeeded == null ? {} : { outcome: succeeded ? 'OK' : { not: 'OK' } }),
    at: { ...(since ? { gte: since } : {}), ...(until ? { lt: until } : {}) },
  }
}
