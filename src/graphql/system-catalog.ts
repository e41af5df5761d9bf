import { z } from 'zod'
import type { EntityType } from '../model/entity-type.ts'

/** A source system as the catalog shows it. Connectors fit this shape; the API never sees more of them. */
export interface SystemDescription {
  readonly key: string
  readonly name: string
  readonly category: string
  readonly entities: readonly EntityType[]
  readonly configSchema: z.ZodType
  readonly credentialsSchema: z.ZodType
  readonly creditCost: number
}

export interface System {
  readonly key: string
  readonly name: string
  readonly category: string
  readonly entities: readonly EntityType[]
  readonly configSchema: unknown
  readonly credentialsSchema: unknown
  readonly creditCost: number
}

export interface SystemCatalog {
  readonly systems: readonly System[]
  /** Also for a system that is no longer installed: its connections remain readable. */
  find(key: string): System
}

export function createSystemCatalog(descriptions: readonly SystemDescription[]): SystemCatalog {
  const systems = descriptions.map(
    ({ key, name, category, entities, creditCost, configSchema, credentialsSchema }): System => ({
      key,
      name,
      category,
      entities,
      creditCost,
      configSchema: inputSchema(configSchema),
      credentialsSchema: inputSchema(credentialsSchema),
    }),
  )
  const byKey = new Map(systems.map((system) => [system.key, system]))
  return { systems, find: (key) => byKey.get(key) ?? notInstalled(key) }
}

function inputSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

function notInstalled(key: string): System {
  return {
    key,
    name: `${key} (not installed)`,
    category: 'UNKNOWN',
    entities: [],
    configSchema: {},
    credentialsSchema: {},
    creditCost: 0,
  }
}
