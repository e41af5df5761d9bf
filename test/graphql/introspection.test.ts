import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../events/subscriber.ts'
import { startTestApi, type TestApi } from './api.ts'

let open: TestApi
let closed: TestApi

beforeAll(async () => {
  open = await startTestApi()
  closed = await startTestApi({ introspection: false })
})
afterAll(() => Promise.all([open.stop(), closed.stop()]))

test('whoever was let in may ask for the schema, within the limits of every query', async () => {
  const { data, errors } = await open.ask(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }))
  expect(errors).toEqual([])
  expect(data.__schema.mutationType.name).toBe('Mutation')
  expect((await open.ask('{ __schema { queryType { name } } }', { token: null })).status).toBe(401)
  expect((await open.ask('{ viewer { kinds } }')).errors[0]?.message).toContain('Did you mean')
})

test('where the operator has switched it off nobody learns of the schema, over neither transport, not by a hint either', async () => {
  const refused = [
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Connection") { name } }',
    'query { viewer { kind } __schema { types { name } } }',
    '{ viewer { kind } ... on Query { a: __type(name: "Connection") { fields { name } } } }',
    getIntrospectionQuery(),
  ]
  for (const query of refused) {
    const { data, errors } = await closed.ask(query)
    expect({ query, data, codes: new Set(errors.map(({ extensions }) => extensions.code)) }).toEqual({
      query,
      data: null,
      codes: new Set(['BAD_USER_INPUT']),
    })
  }
  for (const query of ['{ viewer { kinds } }', '{ viewr { kind } }', '{ connection(idd: 1) { id } }']) {
    const { errors } = await closed.ask(query)
    expect(errors.length).toBeGreaterThan(0)
    for (const { message } of errors) expect(message).not.toMatch(/did you mean/i)
  }
  const create = 'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }'
  const input = { system: 'paper', name: 'x', config: {}, credentials: {} }
  for (const more of [{ historyDay: 1 }, { entities: ['PARTS'] }]) {
    const hinted = await open.ask(create, { variables: { input: { ...input, ...more } } })
    expect(hinted.errors[0]?.message).toMatch(/did you mean/i)
    const { errors } = await closed.ask(create, { variables: { input: { ...input, ...more } } })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    for (const { message } of errors) expect(message).not.toMatch(/did you mean/i)
  }
  const client = openSocket(closed.webSocketUrl)
  const { received } = client.subscribe('{ __type(name: "Connection") { name } }')
  await received.ended
  expect(new Set(received.errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']))
  await client.dispose()
  expect((await closed.ask('{ __typename viewer { __typename kind } }')).data.viewer.kind).toBe('OWNER')
})
