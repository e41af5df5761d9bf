import { z } from 'zod'
import type { EntityDefinition } from '../../model/entity.ts'
import { entities, type SyncedEntity } from '../../model/entities.ts'
import { fieldMappingSchema, sourcePath } from '../mapping/field-mapping.ts'
import { webAddress } from '../web-address.ts'

const propertyName = z.string().regex(/^[\p{L}_][\p{L}\p{N}_]{0,127}$/u, 'is not the name of a property')

const entityConfig = (entity: EntityDefinition) =>
  z
    .strictObject({
      set: z
        .string()
        .regex(/^[\p{L}_][\p{L}\p{N}_.-]{0,255}$/u, 'is not the name of an entity set')
        .meta({ description: 'Entity set that holds the records.' }),
      key: z.array(propertyName).min(1).max(8).meta({ description: 'Key properties; several make a composite key.' }),
      modified: sourcePath.optional().meta({ description: 'Property that tells when a record was last changed.' }),
      created: sourcePath.optional().meta({ description: 'Property that tells when a record was created.' }),
      expand: z.string().min(1).max(2_000).optional().meta({ description: 'Sent as $expand, e.g. "lines".' }),
      filter: z
        .string()
        .min(1)
        .max(2_000)
        .optional()
        .meta({ description: 'OData filter that limits what is read, e.g. "company eq \'1000\'".' }),
      fields: fieldMappingSchema(entity.schema).meta({ description: 'Unified field to source path.' }),
    })
    .meta({ description: entity.description })

const baseUrl = webAddress
  .refine((text) => !/[?#]/.test(text), { error: 'must not have a query: put it into parameters', abort: true })
  .overwrite((text) => (text.endsWith('/') ? text : `${text}/`))

export const odataConfig = z.strictObject({
  baseUrl: baseUrl.meta({ description: 'Service root, e.g. https://host/service/.' }),
  version: z.literal('v4').optional().meta({ description: 'OData version of the service.' }),
  parameters: z
    .record(z.string().regex(/^[\w-]{1,60}$/, 'is not the name of a query parameter'), z.string().max(400))
    .optional()
    .meta({
      description:
        'Query parameters sent with every request, e.g. sap-client. Never a secret: they are stored in clear.',
    }),
  entities: z
    .strictObject({
      VENDOR: entityConfig(entities.VENDOR).optional(),
      PART: entityConfig(entities.PART).optional(),
      ASSET: entityConfig(entities.ASSET).optional(),
      WORK_ORDER: entityConfig(entities.WORK_ORDER).optional(),
      PURCHASE_ORDER: entityConfig(entities.PURCHASE_ORDER).optional(),
    } satisfies Record<SyncedEntity, z.ZodType>)
    .refine((sets) => Object.values(sets).some((it) => it !== undefined), 'must have at least one entity')
    .meta({ description: 'What is read, by unified entity.' }),
  pageSize: z.int().min(1).max(5_000).optional().meta({ description: 'Records a request asks for.', default: 1_000 }),
  lagSeconds: z
    .int()
    .min(0)
    .max(3_600)
    .optional()
    .meta({ description: 'How long after its own stamp a record may become visible to readers.', default: 2 }),
  requestsPerSecond: z
    .number()
    .min(0.01)
    .max(1_000)
    .optional()
    .meta({ description: 'Most requests a second, over all entities. Absent: no limit.' }),
  maxInFlight: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'Most requests under way at once, over all entities.', default: 4 }),
})

const secret = { writeOnly: true }

export const odataCredentials = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('basic'),
    username: z
      .string()
      .min(1)
      .max(400)
      .regex(/^[^:\p{Cc}]+$/u, 'must not have a colon or control characters'),
    password: z.string().max(4_000).meta(secret),
  }),
  z.strictObject({
    type: z.literal('bearer'),
    token: z
      .string()
      .max(16_000)
      .regex(/^[\x21-\x7e]+$/, 'must be one word of ASCII characters')
      .meta(secret),
  }),
])

export type ODataConfig = z.infer<typeof odataConfig>
export type ODataCredentials = z.infer<typeof odataCredentials>
export type EntityConfig = NonNullable<ODataConfig['entities'][SyncedEntity]>

export function configuredEntities(config: ODataConfig): SyncedEntity[] {
  const known = Object.keys(entities) as SyncedEntity[] // Object.keys forgets the key type
  return known.filter((entity) => config.entities[entity] !== undefined)
}
