import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket, openStream } from '../events/subscriber.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'
import { askAs, openBrowser } from './browser.ts'
import { addApiKey } from './rows.ts'

let api: TestApi
const perSecond = 1
const atOnce = 5

beforeAll(async () => {
  api = await startTestApi({ operationsPerSecond: perSecond })
})
afterAll(() => api.stop())

const someKey = async () => (await addApiKey(api.db, { scopes: ['SYNCS_READ'] })).token
const many = Array.from({ length: 30 })

test('beyond the burst an operation is refused with RATE_LIMITED, 429 and Retry-After; other credentials go on', async () => {
  const token = await someKey()
  const began = performance.now()
  const answers = await Promise.all(many.map(() => api.ask('{ viewer { kind } }', { token })))
  const earned = Math.ceil((performance.now() - began) / 1000) * perSecond
  const served = answers.filter(({ status }) => status === 200)
  expect(served.length).toBeGreaterThanOrEqual(atOnce)
  expect(served.length).toBeLessThanOrEqual(atOnce + earned)
  for (const { status, data, errors, headers } of answers.filter((one) => !served.includes(one))) {
    expect({ status, data, code: errors[0]?.extensions.code, said: errors[0]?.extensions }).toEqual({
      status: 429,
      data: null,
      code: 'RATE_LIMITED',
      said: { code: 'RATE_LIMITED' },
    })
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  }
  expect((await api.ask('{ viewer { kind } }', { token: await someKey() })).status).toBe(200)
  expect((await api.ask('{ viewer { kind } }')).status).toBe(200)
})

test('sessions and streams count as operations of their key', async () => {
  const token = await someKey()
  const browser = await openBrowser(api.url, token)
  const began = performance.now()
  const inSession = await Promise.all(many.map(() => askAs(browser, api.url)))
  const asked = await Promise.all(many.map(() => api.ask('{ viewer { kind } }', { token })))
  const query = 'subscription { environmentEvents { sequence } }'
  const streams = await Promise.all(many.map(() => openStream(api.url, query, {}, { token })))
  const earned = Math.ceil((performance.now() - began) / 1000) * perSecond
  const answers = [...inSession, ...asked, ...streams.map(({ response }) => response)]
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(atOnce + earned)
  const refused = streams.filter(({ response }) => response.status === 429)
  expect(refused.length).toBeGreaterThan(0)
  for (const { response } of refused) expect(response.headers.get('content-type')).toContain('application/json')
})

test('over a WebSocket it is an error of that operation alone', async () => {
  const token = await someKey()
  const client = openSocket(api.webSocketUrl, { token })
  try {
    await client.acknowledged
    const asked = many.map(() => client.subscribe('{ viewer { kind } }').received)
    await Promise.all(asked.map(({ ended }) => ended))
    const refused = asked.filter(({ errors }) => errors.length > 0)
    expect(refused.length).toBeGreaterThanOrEqual(many.length / 2)
    for (const { errors } of refused)
      expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'RATE_LIMITED' }])
    expect(client.socket?.readyState).toBe(client.socket?.OPEN)
  } finally {
    await client.dispose()
  }
})

test('an operator may set no limit', async () => {
  const open = await startTestApi({ operationsPerSecond: 0 })
  try {
    const answers = await Promise.all(many.map(() => open.ask('{ viewer { kind } }', { token: ownerKey })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  } finally {
    await open.stop()
  }
})
