import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { rotateDueTokens } from '../../src/operations/rotate-due-tokens.ts'
import type { Delivery } from '../../src/secrets/delivery.ts'
import { SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

const delivery: Delivery = {
  isOn: () => true,
  check: () => {},
  write: async () => {},
  during: (work) => work,
  idle: async () => {},
}
const log = createLogger({ level: 'error' })

let api: TestApi
let connection: { id: string; token: string }

beforeAll(async () => {
  api = await startTestApi({ delivery })
})
afterAll(() => api.stop())
beforeEach(async () => {
  await api.db.pool.query('DELETE FROM token_rotation')
  await api.db.pool.query('DELETE FROM delivery_claim')
  connection = await addConnection(api.db)
})

const rotation =
  'tokenRotation { target { store name } every overlap nextRotationAt lastRotatedAt failure { at message attempts retryAt } }'

const set = (rotationInput: object | null) =>
  api.ask(
    `mutation ($input: SetTokenRotationInput!) { setTokenRotation(input: $input) {
       __typename ... on SetTokenRotationPayload { connection { ${rotation} } } ... on Error { code path } } }`,
    { variables: { input: { connectionId: connectionNode(connection.id), rotation: rotationInput } } },
  )
const read = (token?: string) =>
  api.ask(`query ($id: ID!) { connection(id: $id) { name ${rotation} } }`, {
    variables: { id: connectionNode(connection.id) },
    ...(token === undefined ? {} : { token }),
  })
const monthly = { target: { store: 'vault', name: 'kv/customers/acme' }, every: 'P30D', overlap: 'PT1H' }

async function becomeDue() {
  await api.db.pool.query(
    `UPDATE token_rotation SET due_at = now() - interval '1 second', take_at = now() - interval '1 second'`,
  )
}

test('a connection tells how its token is rotated, when it was last and when it is next', async () => {
  expect((await read()).data.connection.tokenRotation).toBeNull()
  const { data } = await set(monthly)
  const told = data.setTokenRotation.connection.tokenRotation
  expect(told).toEqual({ ...monthly, nextRotationAt: expect.any(String), lastRotatedAt: null, failure: null })
  await becomeDue()
  await rotateDueTokens({ db: api.db, delivery, log })
  const after = (await read()).data.connection.tokenRotation
  expect(after).toMatchObject({ lastRotatedAt: expect.any(String), failure: null })
  expect(Date.parse(after.nextRotationAt) - Date.parse(after.lastRotatedAt)).toBe(30 * 86_400_000)
})

test('the overlap is 15 minutes unless another is given, and null ends it', async () => {
  const { data } = await set({ target: monthly.target, every: 'PT15M' })
  expect(data.setTokenRotation.connection.tokenRotation.overlap).toBe('PT15M')
  expect((await set(null)).data.setTokenRotation.connection.tokenRotation).toBeNull()
})

test('a failure is told in words, with what comes next', async () => {
  await set(monthly)
  await becomeDue()
  const sealed: Delivery = { ...delivery, write: () => Promise.reject(new SecretStoreUnavailable('Vault is sealed.')) }
  await rotateDueTokens({ db: api.db, delivery: sealed, log })
  const { failure } = (await read()).data.connection.tokenRotation
  expect(failure).toEqual({
    at: expect.any(String),
    message: 'Vault is sealed.',
    attempts: 1,
    retryAt: new Date(Date.parse(failure.at) + 30_000).toISOString(),
  })
})

test('a wrong setting says where it is wrong', async () => {
  const { data } = await set({ ...monthly, every: 'P2Y' })
  expect(data.setTokenRotation).toEqual({
    __typename: 'ValidationError',
    code: 'VALIDATION_FAILED',
    path: ['rotation', 'every'],
  })
})

test('a key with CONNECTIONS_READ reads it; the token itself does not learn where it is kept', async () => {
  await set(monthly)
  const { token } = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ'] })
  expect((await read(token)).data.connection.tokenRotation).toMatchObject({ target: monthly.target })
  const own = await read(connection.token)
  expect(own.data.connection).toEqual({ name: 'Plant', tokenRotation: null })
  expect(own.errors).toMatchObject([{ path: ['connection', 'tokenRotation'], extensions: { code: 'FORBIDDEN' } }])
})
