import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueSessionSecret } from '../../src/auth/session-secret.ts'
import { issueToken } from '../../src/auth/token.ts'
import { createLogger } from '../../src/log.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { signIn } from './browser.ts'
import { openWay } from './severable-way.ts'
import { addConnection } from './rows.ts'

let api: TestApi
let way: Awaited<ReturnType<typeof openWay>>
const logged: string[] = []

beforeAll(async () => {
  way = await openWay(await freshDatabase())
  const log = createLogger({ level: 'error', destination: { write: (line) => void logged.push(line) } })
  api = await startTestApi({ log }, way.url)
})
afterAll(async () => {
  await api.stop()
  await way.close()
})

test('while PostgreSQL is away requests get 503 and readiness says so; afterwards all is well', async () => {
  const at = (path: string) => fetch(new URL(path, api.url)).then((response) => response.status)
  expect([await at('/healthz'), await at('/readyz'), await at('/nothing')]).toEqual([200, 200, 404])
  await way.close()
  for (const _ of [1, 2, 3]) {
    const { status, errors, headers } = await api.ask('{ viewer { kind } }')
    expect({ status, code: errors[0]?.extensions.code, retry: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      retry: '1',
    })
    expect(JSON.stringify(errors)).not.toContain('127.0.0.1')
  }
  // it is asked for once in a second
  await eventually('word of it', async () => (await at('/readyz')) === 503)
  expect(await at('/healthz')).toBe(200)
  expect(await (await fetch(new URL('/readyz', api.url))).json()).toEqual({
    ready: false,
    postgresql: 'away',
    temporal: 'reachable',
  })
  const asOwner = { authorization: `Bearer ${ownerKey}` }
  const cookie = { cookie: `syncline_session=${issueSessionSecret()}`, origin: new URL(api.url).origin }
  for (const answer of await Promise.all([
    signIn(api.url, { key: ownerKey }),
    fetch(`${api.url}?query={__typename}`, { headers: cookie }),
    fetch(new URL('/metrics', api.url), { headers: asOwner }),
    fetch(new URL('/tokens/revoke', api.url), {
      method: 'POST',
      body: new URLSearchParams({ token: issueToken({ environmentKind: 'TESTING', of: 'API_KEY' }).token }),
    }),
  ])) {
    expect([new URL(answer.url).pathname, answer.status, answer.headers.get('retry-after')]).toEqual([
      new URL(answer.url).pathname,
      503,
      '1',
    ])
    expect(answer.headers.getSetCookie()).toEqual([])
  }
  const signedOut = await fetch(new URL('/session', api.url), { method: 'DELETE', headers: cookie })
  expect([signedOut.status, signedOut.headers.get('retry-after')]).toEqual([503, '1'])
  // what the browser holds nobody presents again, though the session could not be ended
  expect(signedOut.headers.getSetCookie()).toEqual([expect.stringMatching(/^syncline_session=; Max-Age=0;/)])
  await way.reopen()
  expect((await api.ask('{ viewer { kind } }')).status).toBe(200)
  await eventually('word of the return', async () => (await at('/readyz')) === 200)
})

test('where PostgreSQL hangs instead, a request is not kept waiting for the connection to be given up', async () => {
  way.freeze()
  const { status, errors } = await api.ask('{ viewer { kind } }')
  expect([status, errors[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
  way.thaw()
  await eventually('the return', async () => (await api.ask('{ viewer { kind } }')).status === 200)
})

test('an unexpected failure is masked under a request id, and nothing of it is shown', async () => {
  const { id } = await addConnection(api.db)
  await api.db.pool.query('ALTER TABLE record RENAME COLUMN data TO hidden')
  try {
    const { status, errors, data } = await api.ask(
      'query ($id: ID!) { connection(id: $id) { name parts { edges { node { id } } } } }',
      {
        variables: { id: connectionNode(id) },
      },
    )
    expect({ status, data, code: errors[0]?.extensions.code }).toEqual({
      status: 200,
      data: { connection: null },
      code: 'INTERNAL',
    })
    expect(errors[0]?.message).toContain(errors[0]?.extensions['requestId'])
    expect(logged.join('')).toContain(errors[0]?.extensions['requestId'])
    expect(JSON.stringify(errors)).not.toMatch(/does not exist|SELECT/)
  } finally {
    await api.db.pool.query('ALTER TABLE record RENAME COLUMN hidden TO data')
  }
})

test('beside GraphQL as well: it is 500 with the request id, and the connection lives', async () => {
  await api.db.pool.query('ALTER TABLE browser_session RENAME TO hidden')
  try {
    const answer = await signIn(api.url, { key: ownerKey })
    const { message } = (await answer.json()) as { message: string }
    expect(answer.status).toBe(500)
    const [requestId = 'none'] = /[0-9a-f-]{36}/.exec(message) ?? []
    expect(logged.join('')).toContain(requestId)
    expect(message).not.toContain('browser_session')
  } finally {
    await api.db.pool.query('ALTER TABLE hidden RENAME TO browser_session')
  }
})

test('GraphiQL is served only where the operator allows it, and its queries still need a credential', async () => {
  const page = (url: string, headers = {}) => fetch(url, { headers: { accept: 'text/html', ...headers } })
  expect((await page(api.url)).status).toBe(401)
  const open = await startTestApi({ graphiql: true })
  try {
    const answer = await page(open.url)
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/html',
    })
    expect((await fetch(`${open.url}?query={__typename}`)).status).toBe(401)
    expect(
      (await fetch(`${open.url}?query={__typename}`, { headers: { authorization: `Bearer ${ownerKey}` } })).status,
    ).toBe(200)
    expect((await open.ask('{ viewer { kind } }', { token: null })).status).toBe(401)
  } finally {
    await open.stop()
  }
})
