import { isSafeNumber, parse } from 'lossless-json'
import { entities, entityDefinition, syncedEntities } from '../../model/entities.ts'
import type { StoredRecord } from '../../store/record-read.ts'
import { builder } from '../builder.ts'
import { rawComplexity } from '../complexity.ts'
import { nodeId, recordKey } from '../node-id.ts'
import { pageType } from '../page-type.ts'

export const RecordInterface = builder.interfaceRef<StoredRecord>('Record').implement({
  description: 'What every record has, whatever its entity.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ resolve: recordNodeId }),
    connectionId: t.id({ resolve: ({ owner }) => nodeId('Connection', owner.id) }),
    externalId: t.exposeString('externalId', {
      description: 'The source\'s key; the parts of a composite one joined by "|".',
    }),
    number: t.exposeString('number', { nullable: true, description: 'The number that people know it by.' }),
    displayName: t.string({ nullable: true, description: 'What names it to a person.', resolve: displayName }),
    sourceCreatedAt: t.expose('sourceCreatedAt', { type: 'DateTime', nullable: true }),
    sourceUpdatedAt: t.expose('sourceUpdatedAt', { type: 'DateTime', nullable: true }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'When it was first stored here.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed here.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was found to be gone at the source.',
    }),
    externalKey: t.field({
      type: 'JSON',
      nullable: true,
      description: "The parts of a composite key, by the source's names.",
      resolve: (record) => envelopeOf(record).externalKey ?? null,
    }),
    sourceVersion: t.string({
      nullable: true,
      description: "The source's etag or row stamp.",
      resolve: (record) => envelopeOf(record).sourceVersion ?? null,
    }),
    sourceUrl: t.string({
      nullable: true,
      description: 'Where the source shows it.',
      resolve: (record) => envelopeOf(record).sourceUrl ?? null,
    }),
    customFields: t.field({
      type: 'JSON',
      nullable: true,
      description: "The source's fields beyond the unified model, by its own names.",
      resolve: (record) => envelopeOf(record).customFields ?? null,
    }),
    raw: t.field({
      type: 'JSON',
      nullable: true,
      authScopes: { scope: 'RECORDS_RAW_READ' },
      complexity: rawComplexity,
      description:
        'The payload as the source sent it; one that is not JSON comes as text, and so does a number that a JavaScript number cannot hold. ' +
        'Needs RECORDS_RAW_READ, which connection tokens do not have: null and FORBIDDEN without it.',
      resolve: async (record, _args, { loaders }) => {
        const raw = await loaders.raw.load(record)
        return raw === null ? null : parsedRaw(raw)
      },
    }),
  }),
  resolveType: ({ entity }) => entityDefinition(entity)?.typeName,
})

/** The object type of each synced entity; implemented in record-types.ts, as they refer to one another. */
export const recordRefs = Object.fromEntries(
  syncedEntities.map((entity) => [entity, builder.objectRef<StoredRecord>(entities[entity].typeName)]),
) as Record<(typeof syncedEntities)[number], ReturnType<typeof builder.objectRef<StoredRecord>>> // fromEntries forgets the keys

export const RecordPage = pageType('Record', RecordInterface)

export function recordNodeId({ owner, entity, externalId }: StoredRecord): string {
  return nodeId(entityDefinition(entity)?.typeName ?? 'Record', recordKey(owner.key, externalId))
}

interface StoredEnvelope {
  externalKey?: unknown
  sourceVersion?: string
  sourceUrl?: string
  customFields?: unknown
}

function envelopeOf({ data }: StoredRecord): StoredEnvelope {
  return (data['$'] ?? {}) as StoredEnvelope // written by the record mapping in exactly this shape
}

function displayName({ entity, data }: StoredRecord): string | null {
  const names = entityDefinition(entity)?.displayName ?? []
  const found = names.map((name) => data[name]).find((value) => typeof value === 'string' && value !== '')
  return typeof found === 'string' ? found : null
}

/** A payload as JSON where it is JSON; numbers beyond a JavaScript number as text. */
export function parsedRaw(raw: string): unknown {
  try {
    return parse(raw, undefined, (text) => (isSafeNumber(text) ? Number(text) : text))
  } catch {
    return raw
  }
}
