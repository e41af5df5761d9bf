import type {
  CatalogSystemFragment,
  CreateConnectionInput,
  EntityType,
  ScheduleInput,
  SecretTargetInput,
} from '../generated/documents.ts'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import type { JsonObject } from '../forms/json-schema.ts'

/** What is asked for, while it is being written. */
export interface Draft {
  name: string
  customer: { externalId: string; name: string }
  config: JsonObject
  credentials: JsonObject
  entities: readonly EntityType[]
  historyDays: number
  schedule: ScheduleInput | null
  deliverTokenTo: SecretTargetInput | null
}

export function emptyDraft({ name, entities, credentialsSchema }: CatalogSystemFragment): Draft {
  return {
    name,
    customer: { externalId: '', name: '' },
    config: {},
    credentials: emptyCredentials(credentialsSchema),
    entities,
    historyDays: 90,
    schedule: { every: 'PT15M' },
    deliverTokenTo: null,
  }
}

export function inputOf(draft: Draft, system: CatalogSystemFragment): Omit<CreateConnectionInput, 'idempotencyKey'> {
  const { name, customer, config, credentials, entities, historyDays, schedule, deliverTokenTo } = draft
  return {
    system: system.key,
    name: name.trim(),
    config,
    credentials,
    historyDays,
    schedule,
    deliverTokenTo,
    customer:
      customer.externalId.trim() === ''
        ? null
        : { externalId: customer.externalId.trim(), name: customer.name.trim() || null },
    // all of them: also those that the system learns to read later
    entities: entities.length === system.entities.length ? null : [...entities],
  }
}
