import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerKey, startTestApi, type TestApi } from './api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
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
  ['a variable that is missing', 'query($id: ID!) { node(id: $id) { id } }', {}],
  ['a variable of another type', 'query($id: ID!) { node(id: $id) { id } }', { id: { password: 'hunter2-secret' } }],
  ['a field that does not exist', '{ nothing }', {}],
  ['no operation', 'fragment F on Query { viewer { kind } }', {}],
])('%s is BAD_USER_INPUT', async (_, query, variables) => {
  const { text } = await post(JSON.stringify({ query, variables }))
  const [error] = JSON.parse(text).errors
  expect(error.extensions?.code).toBe('BAD_USER_INPUT')
})
