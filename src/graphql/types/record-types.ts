import { entities, syncedEntities } from '../../model/entities.ts'
import { builder } from '../builder.ts'
import { recordFilterArguments, recordPage } from './record-list.ts'
import { modelFields } from './record-fields.ts'
import { RecordInterface, RecordPage, recordNodeId, recordRefs } from './record.ts'
import { pageType } from '../page-type.ts'
import { pageComplexity } from '../complexity.ts'
import { Connection } from './connection.ts'
import { EntityType } from './enums.ts'

const authScopes = { scope: 'RECORDS_READ' } as const

builder.prismaObjectField(Connection, 'records', (t) =>
  t.field({
    type: RecordPage,
    authScopes,
    description: 'The records of one entity.',
    args: { entity: t.arg({ type: EntityType, required: true }), ...recordFilterArguments(t.arg) },
    complexity: pageComplexity,
    resolve: ({ id, key }, args, context, info) => recordPage({ id, key }, args.entity, args, context, info),
  }),
)

for (const entity of syncedEntities) {
  const { typeName, listName, description, schema } = entities[entity]
  const ref = recordRefs[entity]
  ref.implement({
    description,
    interfaces: [builder.nodeInterfaceRef(), RecordInterface],
    fields: (t) => {
      // these are columns of every record, and fields of the interface
      const { number: _, ...shape } = schema.shape
      return { id: t.id({ resolve: recordNodeId }), ...modelFields(t as never, shape, typeName) }
    },
  })
  const page = pageType(typeName, ref)
  builder.prismaObjectField(Connection, listName, (t) =>
    t.field({
      type: page,
      authScopes,
      description: `The records of entity ${entity}.`,
      args: recordFilterArguments(t.arg),
      complexity: pageComplexity,
      resolve: ({ id, key }, args, context, info) => recordPage({ id, key }, entity, args, context, info),
    }),
  )
}
