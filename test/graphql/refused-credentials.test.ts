import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { eventually } from '../eventually.ts'
import { countedPool } from '../events/counted-pool.ts'
import { createAuthenticator } from '../../src/auth/authenticate.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

let api: TestApi
const registry = new Registry()
const logged: string[] = []

beforeAll(async () => {
  const log = createLogger({ level: 'warn', destination: { write: (line) => void logged.push(line) } })
  api = await startTestApi({ registry, log })
})
afterAll(() => api.stop())

async function tries(token: string, environment?: string) {
  for (let i = 0; i < 3; i++) {
    const { status } = await api.ask('{ viewer { kind } }', { token, ...(environment ? { environment } : {}) })
    expect(status).toBe(401)
  }
}

test('a credential that is no longer good, or not here, leaves a trace with its id once a minute, and is counted by reason', async () => {
  const [revoked, elsewhere] = [await addApiKey(api.db, { scopes: [] }), await addApiKey(api.db, { scopes: [] })]
  const expired = await addApiKey(api.db, { scopes: [], expiresAt: new Date(Date.now() - 1) })
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
  const connection = await addConnection(api.db)
  await api.db.pool.query(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`, [
    connection.id,
  ])
  const tokenId = (await api.db.prisma.connectionToken.findFirstOrThrow({ where: { connectionId: connection.id } })).id
  await tries(revoked.token)
  await tries(expired.token)
  await tries(connection.token)
  await tries(elsewhere.token, 'testing')
  await tries('nonsense')
  const notes = () => api.db.prisma.auditEntry.findMany({ where: { action: 'AUTHENTICATE' }, orderBy: { id: 'asc' } })
  await eventually('the notes', async () => (await notes()).length === 4)
  expect((await notes()).map(({ actor, target, outcome, ip }) => [actor, target, outcome, ip])).toEqual(
    [
      [revoked.id, 'REVOKED'],
      [expired.id, 'EXPIRED'],
      [tokenId, 'DISCONNECTED'],
      [elsewhere.id, 'ENVIRONMENT'],
    ].map(([id, outcome]) => [id, null, outcome, '127.0.0.1']),
  )
  for (const { id } of [revoked, expired, elsewhere, { id: tokenId }])
    expect(logged.filter((line) => line.includes(id))).toHaveLength(1)
  const text = await registry.metrics()
  for (const reason of ['REVOKED', 'EXPIRED', 'DISCONNECTED', 'ENVIRONMENT', 'INVALID'])
    expect(text).toContain(`syncline_refused_credentials_total{reason="${reason}"} 3`)
})

test('a credential beyond its rate costs no statement, a revoked one is limited too', async () => {
  const revoked = await addApiKey(api.db, { scopes: [] })
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
  const counted = countedPool(api.db.pool)
  const authenticate = createAuthenticator({ pool: counted.pool, onError: () => {}, operationsPerSecond: 1 })
  const attempt = (token: string) =>
    authenticate({ authorization: `Bearer ${token}`, environment: null, ip: null }).catch(({ name }: Error) => name)
  expect(await attempt(revoked.token)).toBe('AuthenticationError')
  let asked: number
  do asked = counted.texts.length
  while ((await attempt(revoked.token)) !== 'TooManyOperations')
  expect(counted.texts.length).toBe(asked)
  expect(await attempt(ownerKey)).toMatchObject({ caller: { kind: 'OWNER' } })
})
