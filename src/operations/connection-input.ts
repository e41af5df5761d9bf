import type { z } from 'zod'
import type { Connector } from '../connectors/contract.ts'
import type { Registry } from '../connectors/registry.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import { ValidationError } from './errors.ts'

export interface ParsedSystem {
  connector: Connector
  config: unknown
  credentials: unknown
}

/** Checks system, config and credentials by their schemas. The first thing wrong is named by its path, its value never. */
export function parseSystem(
  registry: Registry,
  input: { system: string; config: unknown; credentials: unknown },
): ParsedSystem {
  const connector = registry.get(input.system)
  if (!connector) {
    throw new ValidationError(
      `There is no system "${input.system.slice(0, 50)}". The query { systems { key } } lists those that can be connected.`,
      ['system'],
    )
  }
  return {
    connector,
    config: parse(connector.configSchema, input.config, 'config'),
    credentials: parse(connector.credentialsSchema, input.credentials, 'credentials'),
  }
}

function parse(schema: z.ZodType, value: unknown, at: 'config' | 'credentials'): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = [at, ...(issue?.path ?? []).map(String)]
  throw new ValidationError(`${path.join('.')}: ${issue?.message ?? 'is not valid'}.`, path)
}

/** The entities to sync: those asked for, each of which the config must set up; null: all that it sets up. */
export function chooseEntities(
  configured: readonly SyncedEntity[],
  asked: readonly EntityType[] | null | undefined,
): readonly SyncedEntity[] {
  if (!asked) return configured
  if (asked.length === 0)
    throw new ValidationError('Name at least one entity, or leave entities out for all.', ['entities'])
  return [...new Set(asked)].map((entity, i) => {
    const found = configured.find((candidate) => candidate === entity)
    if (found) return found
    throw new ValidationError(`${entity} is not set up for this connection. It can sync ${configured.join(', ')}.`, [
      'entities',
      String(i),
    ])
  })
}

export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > 200) throw new ValidationError('A name has 1 to 200 characters.', ['name'])
  return trimmed
}

export interface Customer {
  externalId: string
  name: string | null
}

export function checkCustomer(customer: { externalId: string; name?: string | null | undefined }): Customer {
  const { externalId, name = null } = customer
  if (externalId.trim() === '' || externalId.length > 200) {
    throw new ValidationError('customer.externalId has 1 to 200 characters.', ['customer', 'externalId'])
  }
  if (name !== null && name.length > 200) {
    throw new ValidationError('customer.name has at most 200 characters.', ['customer', 'name'])
  }
  return { externalId, name }
}

export function checkDeleteGuard(percent: number): number {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw new ValidationError('deleteGuardPercent is a whole number from 0 to 100.', ['deleteGuardPercent'])
  }
  return percent
}

export function checkHistoryDays(days: number | null | undefined): number {
  if (days === null || days === undefined) return 90
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new ValidationError('historyDays is a whole number from 1 to 3650.', ['historyDays'])
  }
  return days
}
