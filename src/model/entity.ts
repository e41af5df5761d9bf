import { z } from 'zod'
import type { EntityType } from './entity-type.ts'

/** One entity of the unified model: the single definition behind validation, GraphQL types and docs. */
export interface EntityDefinition {
  readonly type: EntityType
  /** GraphQL object type, e.g. "PurchaseOrder". */
  readonly typeName: string
  /** The field of Connection that lists it, e.g. "purchaseOrders". */
  readonly listName: string
  readonly description: string
  /**
   * A document is read over the connection's history period; master data are read whole, so that what documents refer
   * to resolves.
   */
  readonly kind: 'document' | 'master'
  /** Which field names a record to a person, the first that has a value. */
  readonly displayName: readonly string[]
  readonly schema: z.ZodObject
  /** What is wrong with a record's fields, as the schema words it; undefined where they fit. */
  misfit(fields: unknown): z.core.$ZodIssue | undefined
}

/**
 * Checks at compile time that the display name is made of the entity's own fields.
 *
 * The schema is compiled to a function that says yes or no and builds nothing; only what it refuses is parsed, for the
 * reason. Every record of every source passes here.
 */
export function defineEntity<S extends z.ZodRawShape>(
  definition: Omit<EntityDefinition, 'misfit'> & { schema: z.ZodObject<S>; displayName: readonly (keyof S & string)[] },
): EntityDefinition {
  const compiled = z.compile(definition.schema, { strict: true })
  return {
    ...definition,
    misfit: (fields) =>
      z.validate(compiled, fields) ? undefined : definition.schema.safeParse(fields).error?.issues[0],
  }
}
