import { brandWithType } from '@pothos/core'
import { entities, syncedEntities } from '../../model/entities.ts'
import type { Scope } from '../../generated/prisma/enums.ts'
import { findRecords } from '../../store/record-lookup.ts'
import { builder } from '../builder.ts'
import { type Context, reachableConnections } from '../context.ts'
import { forbidden } from '../errors.ts'
import { isStoreId, parseNodeId, parseRecordKey } from '../node-id.ts'

interface NodeType {
  /** What leading to it demands; null: nothing beyond being let in. */
  scope: Scope | null
  /** The object, if the caller reaches it. */
  find(id: string, context: Context): Promise<object | null>
}

const stored = (scope: Scope | null, find: NodeType['find']): NodeType => ({
  scope,
  find: (id, context) => (isStoreId(id) ? find(id, context) : Promise.resolve(null)),
})

export const nodeTypes: Readonly<Record<string, NodeType>> = {
  Environment: stored(null, (id, { prisma, session: { caller } }) =>
    caller.kind === 'OWNER' || caller.environmentId === id
      ? prisma.environment.findUnique({ where: { id } })
      : Promise.resolve(null),
  ),
  Connection: stored('CONNECTIONS_READ', (id, context) =>
    context.prisma.connection.findFirst({ where: { AND: [{ id }, reachableConnections(context)] } }),
  ),
  EntityState: stored('CONNECTIONS_READ', (id, context) =>
    context.prisma.entityState.findFirst({ where: { id, connection: reachableConnections(context) } }),
  ),
  SyncRun: stored('SYNCS_READ', (id, context) =>
    context.prisma.syncRun.findFirst({ where: { id, connection: reachableConnections(context) } }),
  ),
  EntityRun: stored('SYNCS_READ', (id, context) =>
    context.prisma.entityRun.findFirst({ where: { id, syncRun: { connection: reachableConnections(context) } } }),
  ),
  ApiKey: stored('KEYS_MANAGE', (id, { prisma, session }) =>
    prisma.apiKey.findFirst({ where: { id, environmentId: session.caller.environmentId } }),
  ),
  ...Object.fromEntries(
    syncedEntities.map((entity): [string, NodeType] => [
      entities[entity].typeName,
      {
        scope: 'RECORDS_READ',
        async find(id, context) {
          const key = parseRecordKey(id)
          if (!key) return null
          const owner = await context.prisma.connection.findFirst({
            where: { AND: [{ key: key.connectionKey }, reachableConnections(context)] },
            select: { id: true, key: true },
          })
          const found = owner && (await findRecords(context.pool, owner, entity, [key.externalId]))
          return found?.get(key.externalId) ?? null
        },
      },
    ]),
  ),
}

builder.queryField('node', (t) =>
  t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    authScopes: { authenticated: true },
    description: 'Any object by its id. What the caller may not see is null, as is what does not exist.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const given = parseNodeId(args.id)
      const type = given && Object.hasOwn(nodeTypes, given.typename) ? nodeTypes[given.typename] : undefined
      if (!given || !type) return null
      if (type.scope && !context.session.caller.scopes.has(type.scope))
        throw forbidden(`node of type ${given.typename}`)
      const found = await type.find(given.id, context)
      if (found) brandWithType(found, given.typename as never) // one of the names above, all of which are types of this schema
      return found
    },
  }),
)
