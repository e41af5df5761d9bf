import { z } from 'zod'
import type { EntityType } from './entity-type.ts'
import { entities, type SyncedEntity } from './entities.ts'

/** What every record has beside its entity's own fields, as a connector maps it. */
export const envelope = z.object({
  /** The source's key; the parts of a composite one joined by "|". */
  externalId: z.string().min(1, 'is empty').max(1_000),
  /** The parts of a composite key, by the source's names. */
  externalKey: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
  sourceCreatedAt: z.date().nullish(),
  sourceUpdatedAt: z.date().nullish(),
  /** Etag or row stamp. */
  sourceVersion: z.string().max(1_000).nullish(),
  sourceUrl: z.string().max(2_000).nullish(),
  customFields: z.record(z.string(), z.unknown()).nullish(),
})

export type Envelope = z.infer<typeof envelope>

/** A record in the unified model: the envelope and the entity's own fields, keyed as src/model names them. */
export interface MappedRecord extends Envelope {
  fields: Record<string, unknown>
}

export function isSynced(entity: EntityType): entity is SyncedEntity {
  return entity in entities
}
