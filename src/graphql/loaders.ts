import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { Operations, ScheduleOf } from '../operations/operations.ts'
import { lastSequencesOfRuns } from '../store/event-read.ts'
import { findRaw, findRecords } from '../store/record-lookup.ts'
import type { RecordOwner, StoredRecord } from '../store/record-read.ts'

export interface RecordReference {
  owner: RecordOwner
  entity: EntityType
  externalId: string
}

/** One statement for all that an operation asks for in the same turn. Made per operation: nothing is remembered beyond it. */
export interface Loaders {
  /** Null where the source's key leads to no stored record. */
  readonly record: DataLoader<RecordReference, StoredRecord | null, string>
  readonly raw: DataLoader<RecordReference, string | null, string>
  /** 0 before the first event. */
  readonly lastSequence: DataLoader<string, bigint>
  /** When a schedule fires next: asked once for all entities that have it. */
  readonly nextRun: DataLoader<ScheduleOf, Date | null, string>
  /**
   * A loader of the field that is being resolved, shared by all objects whose field it is: its arguments and selection are the same for
   * each of them. `part` tells apart the loaders of one field.
   */
  ofField<K extends { id: string }, V>(
    info: GraphQLResolveInfo,
    part: string,
    load: (parents: readonly K[]) => Promise<Map<string, V>>,
  ): FieldLoader<K, V>
}

/** Loads by parent; the map that it was made with is keyed by the parent's id. */
export type FieldLoader<K, V> = DataLoader<K, V | undefined, string>

export function createLoaders({
  pool,
  operations,
}: {
  pool: pg.Pool
  operations: Pick<Operations, 'nextRuns'>
}): Loaders {
  const ofFields = new WeakMap<object, Map<string, unknown>>()
  return {
    record: recordLoader((owner, entity, ids) => findRecords(pool, owner, entity, ids)),
    raw: recordLoader((owner, entity, ids) => findRaw(pool, owner, entity, ids)),
    lastSequence: new DataLoader(async (ids) => {
      const found = await lastSequencesOfRuns(pool, ids)
      return ids.map((id) => found.get(id) ?? 0n)
    }),
    nextRun: new DataLoader((schedules) => operations.nextRuns(schedules), {
      cacheKeyFn: ({ connectionId, schedule: { every, cron, timeZone } }) =>
        `${connectionId} ${every ?? ''} ${cron ?? ''} ${timeZone ?? ''}`,
    }),
    ofField<K extends { id: string }, V>(
      info: GraphQLResolveInfo,
      part: string,
      load: (parents: readonly K[]) => Promise<Map<string, V>>,
    ) {
      const node = info.fieldNodes[0] ?? info
      const loaders = ofFields.get(node) ?? new Map<string, unknown>()
      ofFields.set(node, loaders)
      const made = loaders.get(part) ?? fieldLoader(load)
      loaders.set(part, made)
      return made as FieldLoader<K, V> // kept under the field and part that it was made for
    },
  }
}

function fieldLoader<K extends { id: string }, V>(
  load: (parents: readonly K[]) => Promise<Map<string, V>>,
): FieldLoader<K, V> {
  return new DataLoader<K, V | undefined, string>(
    async (parents) => {
      const found = await load(parents)
      return parents.map((parent) => found.get(parent.id))
    },
    { cacheKeyFn: (parent) => parent.id },
  )
}

function recordLoader<V>(
  find: (owner: RecordOwner, entity: EntityType, externalIds: string[]) => Promise<Map<string, V>>,
) {
  return new DataLoader<RecordReference, V | null, string>(
    async (references) => {
      const groups = new Map<string, { owner: RecordOwner; entity: EntityType; externalIds: string[] }>()
      for (const { owner, entity, externalId } of references) {
        const name = `${owner.key}/${entity}`
        const group = groups.get(name) ?? { owner, entity, externalIds: [] }
        groups.set(name, group)
        group.externalIds.push(externalId)
      }
      const found = new Map<string, V>()
      await Promise.all(
        [...groups.values()].map(async ({ owner, entity, externalIds }) => {
          const records = await find(owner, entity, externalIds)
          for (const [externalId, value] of records) found.set(cacheKey({ owner, entity, externalId }), value)
        }),
      )
      return references.map((reference) => found.get(cacheKey(reference)) ?? null)
    },
    { cacheKeyFn: cacheKey },
  )
}

function cacheKey({ owner, entity, externalId }: RecordReference): string {
  return `${owner.key}/${entity}/${externalId}`
}
