import type { z } from 'zod'
import { isSynced } from '../../model/record.ts'
import { type FieldInfo, fieldInfo } from '../../model/field.ts'
import type { RecordOwner } from '../../store/record-read.ts'
import { builder, type Types } from '../builder.ts'
import { recordRefs } from './record.ts'
import { Money, Quantity } from './values.ts'

/** A record, or a line of one: mapped values and the connection in which their references resolve. */
export interface ModelValue {
  owner: RecordOwner
  data: Record<string, unknown>
}

type FieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<Types, ModelValue>
type Fields = ReturnType<typeof builder.objectRef<ModelValue>>
type Simple = Exclude<FieldInfo['kind'], 'enum' | 'reference' | 'list' | 'money' | 'quantity' | 'texts'>

const scalars = {
  text: 'String',
  integer: 'Int',
  float: 'Float',
  boolean: 'Boolean',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
} as const satisfies Record<Simple, string>

const enums = new Map<string, ReturnType<typeof enumType>>()

/** The GraphQL fields of an entity or of its lines, made from the model's own definition. */
export function modelFields(t: FieldBuilder, shape: Readonly<Record<string, z.core.$ZodType>>, typeName: string) {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, schema]) => {
      const info = fieldInfo(schema)
      const own = [name, modelField(t, name, info, typeName)] as const
      return info.kind === 'reference' && isSynced(info.to)
        ? [own, [info.as, referenceField(t, name, info)] as const]
        : [own]
    }),
  )
}

function modelField(t: FieldBuilder, name: string, info: FieldInfo, typeName: string) {
  const { description } = info
  // what is stored under the name was checked against the same definition when it was written
  const value = ({ data }: ModelValue) => (data[name] ?? null) as never
  switch (info.kind) {
    case 'enum':
      return t.field({ type: enumOf(info.typeName, info.values), nullable: true, description, resolve: value })
    case 'money':
      return t.field({ type: Money, nullable: true, description, resolve: value })
    case 'quantity':
      return t.field({ type: Quantity, nullable: true, description, resolve: value })
    case 'texts':
      return t.stringList({ nullable: true, description, resolve: value })
    case 'reference':
      return t.string({ nullable: true, description: `The source's key. ${description}`, resolve: value })
    case 'list':
      return t.field({
        type: [lineType(info.typeName, info.of, `A line of ${typeName}.`)],
        nullable: true,
        description,
        resolve: ({ owner, data }) => {
          const lines = data[name] as Record<string, unknown>[] | null | undefined // as above: a list of objects
          return lines?.map((line) => ({ owner, data: line })) ?? null
        },
      })
    default:
      return t.field({ type: scalars[info.kind], nullable: true, description, resolve: value })
  }
}

function referenceField(t: FieldBuilder, name: string, info: FieldInfo & { kind: 'reference' }) {
  const { to, description } = info
  if (!isSynced(to)) throw new Error(`${to} is not synced, so nothing can refer to it.`)
  return t.field({
    type: recordRefs[to],
    authScopes: { scope: 'RECORDS_READ' },
    nullable: true,
    description: `${description} Null where the source's key leads to no stored record.`,
    resolve: ({ owner, data }, _args, { loaders }) => {
      const externalId = data[name]
      return typeof externalId === 'string' ? loaders.record.load({ owner, entity: to, externalId }) : null
    },
  })
}

function lineType(typeName: string, of: z.ZodObject, description: string): Fields {
  const ref = builder.objectRef<ModelValue>(typeName)
  ref.implement({ description, fields: (t) => modelFields(t, of.shape, typeName) })
  return ref
}

function enumOf(typeName: string, values: readonly string[]) {
  const made = enums.get(typeName) ?? enumType(typeName, values)
  enums.set(typeName, made)
  return made
}

function enumType(typeName: string, values: readonly string[]) {
  return builder.enumType(typeName, {
    values: values.map((value) => ({ [value]: {} })).reduce((all, one) => ({ ...all, ...one }), {}),
  })
}
