import { afterAll, beforeAll } from 'vitest'
import { type Authenticate, createAuthenticator } from '../../src/auth/authenticate.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { AuthenticationError } from '../../src/auth/errors.ts'
import { createLogger } from '../../src/log.ts'
import { createKeyOperations, type KeyOperations } from '../../src/operations/keys.ts'
import { type Delivery, DeliveryRefused, type TargetName } from '../../src/secrets/delivery.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { type OperationsRig, startOperations } from './operations-rig.ts'

export const target = { store: 'vault', name: 'kv/production/acme' }

/** The key operations of a test file over a database of its own, with a secret manager that keeps what is written. */
export function startRotation() {
  let rig: OperationsRig
  let owner: Caller
  let keys: KeyOperations
  let authenticate: Authenticate
  const logged: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })

  /** A secret manager that keeps what is written; `before` may hold a write up, or fail it. */
  const manager: Delivery & { held: Map<string, string>; before(token: string): Promise<void> } = {
    held: new Map<string, string>(),
    before: async () => {},
    isOn: (environment) => environment !== 'testing',
    check(environment, { name }) {
      if (!name.startsWith(`kv/${environment}/`))
        throw new DeliveryRefused('The target does not lie under an allowed prefix.')
    },
    async write(_environment, { name }, token) {
      await manager.before(token)
      manager.held.set(name, token)
    },
    during: (work) => work,
    idle: async () => {},
  }
  beforeAll(async () => {
    rig = await startOperations()
    owner = await rig.ownerIn('production')
    keys = createKeyOperations({ db: rig.db, delivery: manager, log })
    authenticate = createAuthenticator({ pool: rig.db.pool, onError: () => {} })
  })
  afterAll(() => rig.close())

  const stateOf = (token: string | null | undefined): Promise<string> =>
    authenticate({ authorization: `Bearer ${token}`, environment: null, ip: null }).then(
      () => 'WORKS',
      (error: unknown) => (error instanceof AuthenticationError ? error.failure : String(error)),
    )
  const statesOf = (...tokens: (string | null | undefined)[]) => Promise.all(tokens.map(stateOf))

  /** Lets time pass for whatever ends some time. */
  const pass = async (interval: string) => {
    for (const table of ['connection_token', 'api_key_secret'])
      await rig.db.pool.query(
        `UPDATE ${table} SET expires_at = expires_at - $1::interval, pending_until = pending_until - $1::interval`,
        [interval],
      )
    await rig.db.pool.query(
      'UPDATE token_rotation SET due_at = due_at - $1::interval, take_at = take_at - $1::interval',
      [interval],
    )
  }

  const eventsOf = async (connectionId: string) =>
    (await rig.db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } })).map(
      ({ type }) => type,
    )
  const auditOf = async (target: string) =>
    (await rig.db.prisma.auditEntry.findMany({ where: { target }, orderBy: { at: 'asc' } })).map(
      ({ action, outcome }) => `${action} ${outcome}`,
    )

  /** Both kinds of secrets behave alike. */
  const kinds = {
    'a connection token': {
      async make() {
        const { id, token } = await addConnection(rig.db)
        return { id, token }
      },
      async rotate(id: string, overlap?: string, deliverTo?: TargetName, caller = owner) {
        return keys.rotateConnectionToken(caller, {
          connectionId: id,
          overlap: overlap ?? null,
          deliverTo: deliverTo ?? null,
        })
      },
      revoke: (id: string) => keys.revokeConnectionToken(owner, { connectionId: id }),
      path: 'connectionId',
      action: 'CONNECTION_TOKEN',
    },
    'an API key': {
      make: () => addApiKey(rig.db, { scopes: ['SYNCS_READ'] }),
      async rotate(id: string, overlap?: string, deliverTo?: TargetName, caller = owner) {
        const { key, ...rest } = await keys.rotateApiKey(caller, {
          apiKeyId: id,
          overlap: overlap ?? null,
          deliverTo: deliverTo ?? null,
        })
        return { token: key, ...rest }
      },
      revoke: (id: string) => keys.revokeApiKey(owner, { apiKeyId: id }),
      path: 'id',
      action: 'API_KEY',
    },
  }
  return {
    get rig() {
      return rig
    },
    get owner() {
      return owner
    },
    get keys() {
      return keys
    },
    get authenticate() {
      return authenticate
    },
    log,
    logged,
    manager,
    stateOf,
    statesOf,
    pass,
    eventsOf,
    auditOf,
    kinds,
  }
}
