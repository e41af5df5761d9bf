import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { openSocket } from '../events/subscriber.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'

let api: TestApi
const logged: string[] = []

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } }),
  })
})
afterAll(() => api.stop())

async function post(body: string) {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' },
    body,
  })
  return { status: response.status, text: await response.text() }
}

test('a body that is no JSON is refused without a word of it in the answer', async () => {
  const { status, text } = await post('{"variables":{"input":{"credentials":{"password":"hunter2-secret"')
  expect(status).toBe(200)
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain('password')
  expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_USER_INPUT')
})

test.each([
  [415, { 'content-type': 'text/plain' }],
  [415, { 'content-type': 'multipart/form-data; boundary=x' }],
  [406, { 'content-type': 'application/json', accept: 'text/xml' }],
])('a media type that is not ours is %i, with words and a code: %j', async (status, headers) => {
  const answer = await fetch(api.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, ...headers },
    body: JSON.stringify({ query: '{ viewer { kind } }' }),
  })
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    status,
    'application/json; charset=utf-8',
    'no-store',
  ])
  expect(await answer.json()).toEqual({
    errors: [{ message: expect.stringMatching(/json/), extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test.each([
  ['a variable that is missing', 'query($id: ID!) { node(id: $id) { id } }', {}],
  ['a variable of another type', 'query($id: ID!) { node(id: $id) { id } }', { id: { password: 'hunter2-secret' } }],
  ['a field that does not exist', '{ nothing }', {}],
  ['no operation', 'fragment F on Query { viewer { kind } }', {}],
])('%s is BAD_USER_INPUT', async (_, query, variables) => {
  const { text } = await post(JSON.stringify({ query, variables }))
  const [error] = JSON.parse(text).errors
  expect(error.extensions?.code).toBe('BAD_USER_INPUT')
})

describe('what is wrong with a request is told without the values that were sent', () => {
  const create = 'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }'
  const input = { system: 'paper', name: 'x', config: {}, credentials: {} }
  const secret = 'hunter2; "Secret" at "input.name"; Field "x'

  test.each([
    [
      { historyDays: secret },
      'Variable "$input" got an invalid value at "input.historyDays". Int cannot represent non-integer value.',
    ],
    [
      { credentials: secret, historyDays: { secret } },
      'Variable "$input" got an invalid value at "input.historyDays". Int cannot represent non-integer value.',
    ],
    [
      { name: [secret] },
      'Variable "$input" got an invalid value at "input.name". String cannot represent a non string value.',
    ],
    [
      { entities: [secret] },
      'Variable "$input" got an invalid value at "input.entities[0]". The value does not exist in "EntityType" enum.',
    ],
    [
      { customer: secret },
      'Variable "$input" got an invalid value at "input.customer". Expected type "CustomerInput" to be an object.',
    ],
    [
      { password: secret },
      'Variable "$input" got an invalid value at "input". Field "password" is not defined by type "CreateConnectionInput".',
    ],
  ])('in variables: %j', async (more, message) => {
    const { text } = await post(JSON.stringify({ query: create, variables: { input: { ...input, ...more } } }))
    const [error] = JSON.parse(text).errors
    expect(error.message).not.toContain('hunter2')
    expect(error.message).toBe(message)
  })

  test.each([
    [
      'mutation { createConnection(input: { "hunter2" }) { __typename } }',
      'Syntax Error: Expected Name, found String.',
    ],
    [
      'mutation { createConnection(input: """hunter2 " x""" 1) { __typename } }',
      'Syntax Error: Expected Name, found Int.',
    ],
    ['hunter2', 'Syntax Error: Unexpected Name.'],
    ['{ connections(first: "hunter2") { totalCount } }', 'Int cannot represent non-integer value.'],
    ['{ connections(first: { a: "hunter2" }) { totalCount } }', 'Int cannot represent non-integer value.'],
    ['{ connections(filter: "hunter2") { totalCount } }', 'Expected value of type "ConnectionFilter".'],
    [
      '{ connections(filter: { status: "hunter2" }) { totalCount } }',
      'Enum "ConnectionStatus" cannot represent non-enum value.',
    ],
    [
      '{ connections(filter: { status: hunter2 }) { totalCount } }',
      'The value does not exist in "ConnectionStatus" enum.',
    ],
    [
      'query ($id: ID = ["hunter2"]) { node(id: $id) { id } }',
      'ID cannot represent a non-string and non-integer value.',
    ],
  ])('in the document: %s', async (query, message) => {
    const [error] = JSON.parse((await post(JSON.stringify({ query }))).text).errors
    expect(error).toMatchObject({ message, locations: [{ line: 1, column: expect.any(Number) }] })
  })

  test.each([
    [create, { input: { ...input, historyDays: secret } }],
    [create, { input: { ...input, entities: [secret], credentials: { password: secret } } }],
    [create, { input: { credentials: { password: secret } } }],
    ['subscription ($id: ID!) { connectionEvents(connectionId: $id) { type } }', { id: { password: secret } }],
    ['{ connections(first: "hunter2") { totalCount } }', {}],
    ['{ connections(filter: { status: hunter2 }) { totalCount } }', {}],
    ['mutation { createConnection(input: { "hunter2" }) { __typename } }', {}],
  ])('over a WebSocket: %s %j', async (query, variables) => {
    const client = openSocket(api.webSocketUrl)
    try {
      const { received } = client.subscribe(query, variables)
      await received.ended
      expect(received.errors.length).toBeGreaterThan(0)
      for (const { message, extensions } of received.errors) {
        expect(message).not.toContain('hunter2')
        expect(extensions.code).toBe('BAD_USER_INPUT')
      }
    } finally {
      await client.dispose()
    }
  })

  test('in the URL or a form, and not in the log either', async () => {
    const authorization = `Bearer ${ownerKey}`
    const text = 'query={viewer{kind}}&variables=hunter2'
    const answers = [
      await fetch(`${api.url}?${text}`, { headers: { authorization, accept: 'application/json' } }),
      await fetch(api.url, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: text,
      }),
    ]
    for (const answer of answers) {
      expect(await answer.json()).toEqual({
        errors: [
          {
            message: 'The variables or the extensions of this request are no JSON.',
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      })
    }
    expect(logged.join('')).not.toContain('hunter2')
  })
})
