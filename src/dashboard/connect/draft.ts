import type {
  CatalogSystemFragment,
  CreateConnectionInput,
  EntityType,
  ScheduleInput,
  SecretTargetInput,
} from '../generated/documents.ts'
import { type CustomerText, customerIn } from '../forms/customer-fields.tsx'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import type { JsonObject } from '../forms/json-schema.ts'
import { numberIn } from '../forms/number-in.ts'
import { unreadableSource } from '../forms/source-fields.tsx'

/** What is asked for, while it is being written. */
export interface Draft {
  name: string
  customer: CustomerText
  config: JsonObject
  credentials: JsonObject
  entities: readonly EntityType[]
  historyDays: number | string
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
    historyDays: Number(historyDays),
    schedule,
    deliverTokenTo,
    customer: customerIn(customer),
    // all of them: also those that the system learns to read later
    entities: entities.length === system.entities.length ? null : [...entities],
  }
}

/** All that a test of the connection is about. */
export const sourceOf = ({ config, credentials }: Draft) => JSON.stringify([config, credentials])

/** What keeps it from being sent, at its field. */
export const unsendable = (draft: Draft) =>
  unreadableSource(draft) ?? numberIn(draft.historyDays, ['historyDays']).missing
