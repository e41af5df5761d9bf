import { isDeepStrictEqual } from 'node:util'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { enabledEntities } from '../store/entity-state-change.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredConnection } from '../store/connection-read.ts'
import { chooseEntities, type ParsedSystem, parseSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import { SecretStoreError, ValidationError } from './errors.ts'
import type { UpdateConnectionInput } from './operations.ts'
import { checkSource } from './source-check.ts'

export interface CheckedUpdate {
  /** As parsed; absent: stays. */
  config?: unknown
  credentials?: unknown
  /** Those to be synced from now on; absent: stays. */
  entities?: readonly EntityType[]
  /** Entities that the new config reads or maps otherwise than the old one. */
  rereads?: readonly EntityType[]
  /** Whether the source has just accepted what will be stored. */
  proven: boolean
}

/**
 * Checks config, credentials and entities of an update by themselves and at the source, before anything is stored. An update that touches none of
 * them, or only leaves entities out, asks the source nothing.
 */
export async function checkUpdate(
  deps: OperationDeps,
  connection: StoredConnection,
  input: Pick<UpdateConnectionInput, 'config' | 'credentials' | 'entities'>,
): Promise<CheckedUpdate> {
  const before = await enabledEntities(deps.db, connection.id)
  const newConfig = input.config ?? undefined
  const newCredentials = input.credentials ?? undefined
  const adds = (input.entities ?? []).some((entity) => !before.includes(entity))
  if (newConfig === undefined && newCredentials === undefined && !adds) {
    return { ...(input.entities ? { entities: removedOnly(input.entities) } : {}), proven: false }
  }

  const credentials = newCredentials ?? (await storedCredentials(deps, connection))
  const system = parseSystem(deps.connectors, {
    system: connection.system,
    config: newConfig ?? connection.config,
    credentials,
  })
  if (newCredentials === undefined) sameAddresses(system, connection.config)
  const configured = system.connector.configured(system.config)
  const gone = input.entities ? undefined : before.find((entity) => !configured.some((one) => one === entity))
  if (gone) {
    throw new ValidationError(
      `config no longer sets up ${gone}, which this connection syncs. Set it up, or name in entities those to be synced from now on.`,
      ['config'],
    )
  }
  const entities = chooseEntities(configured, input.entities ?? before)
  const served = await checkSource(deps, system)
  const missing = entities.find((entity) => !served.includes(entity))
  if (missing) {
    throw new ValidationError(
      `The source does not serve ${missing} with these credentials. Leave it out of entities, or ask for access.`,
      [input.entities ? 'entities' : newCredentials === undefined ? 'config' : 'credentials'],
    )
  }
  return {
    ...(newConfig === undefined ? {} : { config: system.config, rereads: rereads(system, connection.config) }),
    ...(newCredentials === undefined ? {} : { credentials: system.credentials }),
    ...(input.entities ? { entities } : {}),
    proven: true,
  }
}

function rereads({ connector, config }: ParsedSystem, oldConfig: unknown): EntityType[] {
  const old = connector.configSchema.safeParse(oldConfig)
  return connector.configured(config).filter((entity) => {
    if (!old.success) return true
    const of = (one: unknown) => (connector.reading ? connector.reading(one, entity) : one)
    return !isDeepStrictEqual(of(old.data), of(config))
  })
}

function removedOnly(entities: readonly EntityType[]): readonly EntityType[] {
  if (entities.length > 0) return [...new Set(entities)]
  throw new ValidationError('Name at least one entity, or leave entities out for those that are synced now.', [
    'entities',
  ])
}

async function storedCredentials({ secrets }: OperationDeps, { credentialsRef }: StoredConnection): Promise<unknown> {
  const ask = 'Give the credentials with this update.'
  if (credentialsRef === null) throw new ValidationError(`The stored credentials are gone. ${ask}`, ['credentials'])
  try {
    return JSON.parse(await secrets.get(credentialsRef))
  } catch (error) {
    if (error instanceof SecretMissing) {
      throw new ValidationError(`The secret store no longer holds the credentials. ${ask}`, ['credentials'], error)
    }
    if (error instanceof SecretStoreDenied) throw new SecretStoreError(`${error.message} ${ask}`, null, error)
    if (!(error instanceof SecretStoreUnavailable)) throw error
    throw new SecretStoreError(`${error.message} Nothing was changed; try again when it is back.`, null, error)
  }
}

/**
 * Stored credentials go only to the addresses that they were given for: or whoever may update a connection, but never see its credentials, could
 * have them sent to a server of their own.
 */
function sameAddresses({ connector, config, credentials }: ParsedSystem, oldConfig: unknown): void {
  if (!holdsSecret(credentials)) return
  const old = connector.configSchema.safeParse(oldConfig)
  const known = new Set(old.success ? connector.addresses(old.data).map(({ origin }) => origin) : [])
  const foreign = connector.addresses(config).find(({ origin }) => !known.has(origin))
  if (foreign) {
    throw new ValidationError(
      `config names the address ${foreign.origin}, for which the stored credentials were not given. Give the credentials with this update.`,
      ['credentials'],
    )
  }
}

/** `type` alone says only that there is none. */
function holdsSecret(credentials: unknown): boolean {
  return (
    typeof credentials === 'object' && credentials !== null && Object.keys(credentials).some((key) => key !== 'type')
  )
}
