import type { Failure } from '../api/use-operation.ts'
import type { CatalogSystemFragment } from '../generated/documents.ts'
import { asSchema, type JsonObject } from './json-schema.ts'
import { SchemaFields } from './schema-fields.tsx'
import { unreadableIn } from './unreadable.ts'

const configPlace = ['config']
const credentialsPlace = ['credentials']

export interface SourceFieldsProps {
  system: Pick<CatalogSystemFragment, 'configSchema' | 'credentialsSchema'>
  value: JsonObject
  onChange: (value: JsonObject) => void
  failure: Failure | null
}

/** What is to be read, and from where. */
export const ConfigFields = ({ system, ...field }: SourceFieldsProps) => (
  <SchemaFields {...field} schema={asSchema(system.configSchema)} place={configPlace} />
)

export const CredentialsFields = ({ system, ...field }: SourceFieldsProps) => (
  <SchemaFields {...field} schema={asSchema(system.credentialsSchema)} place={credentialsPlace} />
)

/** Why neither can be sent as it is written. `credentials`: null where those stored are kept. */
export const unreadableSource = ({ config, credentials }: { config: JsonObject; credentials: JsonObject | null }) =>
  unreadableIn(config, configPlace) ?? unreadableIn(credentials ?? {}, credentialsPlace)
