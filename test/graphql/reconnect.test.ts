import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from './api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
  await api.db.prisma.environment.updateMany({ data: { creditTotal: 100 } })
})
afterAll(() => api.stop())

/** A disconnected connection; its token is refused by now. */
async function disconnected() {
  const { data } = await api.ask(
    `mutation { createConnection(input: { system: "paper", name: "Plant", config: { shelf: "A" }, credentials: { password: "old" } }) {
      ... on CreateConnectionPayload { token connection { id } } } }`,
  )
  const { token, connection } = data.createConnection
  await api.ask('mutation ($id: ID!) { disconnectConnection(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connection.id },
  })
  return { id: connection.id as string, token: token as string }
}

const mutation = `mutation ($input: ReconnectConnectionInput!) { result: reconnectConnection(input: $input) { __typename
  ... on ReconnectConnectionPayload { token tokenDelivery syncRun { mode trigger status } connection {
    id name status config token { lastFour } reconnectedFrom { id status reconnectedAs { id } } } }
  ... on Error { code path message } ... on ConflictError { connectionId } ... on InsufficientCreditsError { required available } } }`

const reconnect = (id: string, rest: object = {}, options: { token?: string | null; environment?: string } = {}) =>
  api.ask(mutation, { variables: { input: { connectionId: id, credentials: {}, ...rest } }, ...options })

test('the new connection leads to the old one and back, its token works at once, and the old one stays refused', async () => {
  const old = await disconnected()
  const { data, errors } = await reconnect(old.id, { idempotencyKey: 'k' })
  expect(errors).toEqual([])
  const { connection, token, ...rest } = data.result
  expect(rest).toEqual({
    __typename: 'ReconnectConnectionPayload',
    tokenDelivery: 'SHOWN',
    syncRun: { mode: 'INITIAL', trigger: 'CONNECT', status: 'QUEUED' },
  })
  expect(connection).toMatchObject({
    name: 'Plant',
    status: 'ACTIVE',
    config: { shelf: 'A' },
    token: { lastFour: token.slice(-4) },
    reconnectedFrom: { id: old.id, status: 'DISCONNECTED', reconnectedAs: { id: connection.id } },
  })
  const viewer = await api.ask('{ viewer { connection { id } } }', { token })
  expect(viewer.data.viewer.connection.id).toBe(connection.id)
  expect((await api.ask('{ viewer { kind } }', { token: old.token })).status).toBe(401)
  // the token reaches its own connection, not the one before it
  const behind = await api.ask('query ($id: ID!) { connection(id: $id) { reconnectedFrom { id } } }', {
    token,
    variables: { id: connection.id },
  })
  expect(behind.errors.map((error) => error.extensions.code)).toEqual(['FORBIDDEN'])
  const former = await api.ask('query ($id: ID!) { connection(id: $id) { id } }', { token, variables: { id: old.id } })
  expect(former.data.connection).toBeNull()

  const replay = await reconnect(old.id, { idempotencyKey: 'k' })
  expect(replay.data.result).toMatchObject({ token: null, tokenDelivery: 'SHOWN', connection: { id: connection.id } })
  const second = await reconnect(old.id)
  expect(second.data.result).toMatchObject({
    __typename: 'ConflictError',
    connectionId: connection.id,
    path: ['connectionId'],
  })
})

test('what cannot be is a typed error', async () => {
  const old = await disconnected()
  const { data } = await api.ask(
    `mutation { createConnection(input: { system: "paper", name: "x", config: {}, credentials: {} }) { ... on CreateConnectionPayload { connection { id } } } }`,
  )
  expect((await reconnect(data.createConnection.connection.id)).data.result).toMatchObject({
    code: 'CONFLICT',
    connectionId: null,
  })
  expect((await reconnect('nonsense')).data.result).toMatchObject({ code: 'NOT_FOUND' })
  expect((await reconnect(old.id, { historyDays: 0 })).data.result).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['historyDays'],
  })
  const { creditUsed } = await api.db.prisma.environment.findUniqueOrThrow({ where: { name: 'production' } })
  const setTotal = (creditTotal: number) =>
    api.db.prisma.environment.update({ where: { name: 'production' }, data: { creditTotal } })
  await setTotal(creditUsed)
  expect((await reconnect(old.id)).data.result).toMatchObject({
    code: 'INSUFFICIENT_CREDITS',
    required: 1,
    available: 0,
  })
  await setTotal(100)
})
