import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { freshDatabase } from '../database.ts'
import { listeners } from '../events/listeners.ts'
import { openSocket } from '../events/subscriber.ts'
import { eventually } from '../eventually.ts'
import { ownerKey } from './api.ts'
import { openWay } from './severable-way.ts'

const script = fileURLToPath(new URL('../../src/api.ts', import.meta.url))
const children: ChildProcess[] = []
let environment: Record<string, string>

beforeAll(async () => {
  environment = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: await freshDatabase(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    SYNCLINE_OWNER_KEY: ownerKey,
    SYNCLINE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SYNCLINE_LOG_LEVEL: 'error',
  }
})
afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
})

function start(overrides: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...environment, ...overrides },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  children.push(child)
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  // not 'close': after disconnect() it never comes
  const told = child.stderr ? once(child.stderr, 'end') : undefined
  const ended = once(child, 'exit').then(async ([code]) => {
    await told
    return { code: code as number | null, complaint }
  })
  return { child, ended }
}

test('a start that cannot succeed ends with exit code 1 and one line that names the variable', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const failures = {
    PORT: String(port),
    DATABASE_URL: 'postgresql://nobody:secret-word@127.0.0.1:1/none',
    TEMPORAL_ADDRESS: 'not an address',
    SYNCLINE_OWNER_KEY: 'short',
    SYNCLINE_DELIVERY_TARGETS: 'production=vault:kv',
    VAULT_ADDR: 'vault:8200',
  }
  for (const [name, value] of Object.entries(failures)) {
    const { code, complaint } = await start({
      ...(name === 'VAULT_ADDR' ? { SECRET_STORE: 'vault', VAULT_TOKEN: 'secret-word' } : {}),
      [name]: value,
    }).ended
    expect({ name, code, lines: complaint.trim().split('\n').length }).toEqual({ name, code: 1, lines: 1 })
    expect(complaint).toContain(name)
    expect(complaint).not.toContain('secret-word')
  }
  taken.close()
}, 180_000)

test('it starts while Temporal is away, reads and says that it is not ready, and reaches it when it is back', async () => {
  const way = await openWay(`tcp://${environment['TEMPORAL_ADDRESS']}`)
  await way.close()
  try {
    const { child } = start({ TEMPORAL_ADDRESS: new URL(way.url).host })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    const readiness = async () => {
      const answer = await fetch(`${url}/readyz`)
      return { status: answer.status, ...((await answer.json()) as object) }
    }
    expect(await readiness()).toEqual({ status: 503, ready: false, postgresql: 'reachable', temporal: 'away' })
    const read = await fetch(`${url}/graphql?query={viewer{kind}}`, {
      headers: { authorization: `Bearer ${ownerKey}` },
    })
    expect(read.status).toBe(200)
    await way.reopen()
    await eventually('Temporal', async () => (await readiness()).status === 200, 30_000)
    child.kill()
    await once(child, 'exit')
  } finally {
    await way.close()
  }
}, 60_000)

test('it stops while PostgreSQL takes everything and answers nothing', async () => {
  const way = await openWay(environment['DATABASE_URL'] ?? '')
  const beside = new pg.Client({ connectionString: environment['DATABASE_URL'] })
  await beside.connect()
  try {
    const { child, ended } = start({ DATABASE_URL: way.url })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    const socket = openSocket(`${url.replace('http', 'ws')}/graphql`)
    await socket.acknowledged
    await eventually('it to listen', async () => (await listeners(beside)).length > 0)
    way.freeze()
    child.kill('SIGTERM')
    expect((await socket.close).code).toBe(1001)
    expect((await ended).code).toBe(0)
  } finally {
    await beside.end()
    way.thaw()
    await way.close()
  }
}, 60_000)

test('a namespace that is not there ends the start', async () => {
  const { code, complaint } = await start({ TEMPORAL_NAMESPACE: 'nowhere' }).ended
  expect([code, complaint.trim().split('\n').length]).toEqual([1, 1])
  expect(complaint).toContain('TEMPORAL_NAMESPACE')
})

test('it says where it listens, serves, and ends by itself when its parent is gone', async () => {
  const { child, ended } = start({})
  const [message] = (await once(child, 'message')) as [{ type: string; url: string }]
  expect(message.type).toBe('ready')
  const response = await fetch(`${message.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ownerKey}` },
    body: JSON.stringify({ query: '{ systems { key } }' }),
  })
  expect(await response.json()).toMatchObject({ data: { systems: [{ key: 'demo' }, { key: 'odata' }] } })
  child.disconnect()
  expect((await ended).code).toBe(0)
})

test('a key that one process revokes is refused by another at once, and its socket there ends within a second', async () => {
  const [here, there] = await Promise.all(
    [start({}), start({})].map(async ({ child }) => {
      const [{ url }] = (await once(child, 'message')) as [{ url: string }]
      return url
    }),
  )
  async function ask(url: string | undefined, token: string, query: string) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    })
    const { data } = (await response.json()) as { data: Record<string, { key: string; apiKey: { id: string } }> }
    return { status: response.status, data }
  }
  const { data } = await ask(
    here,
    ownerKey,
    'mutation { createApiKey(input: { name: "k", environment: "production", scopes: [SYNCS_READ] }) { ... on CreateApiKeyPayload { key apiKey { id } } } }',
  )
  const { key = '', apiKey } = data['createApiKey'] ?? {}
  const socket = openSocket(`${there?.replace('http', 'ws')}/graphql`, { token: key })
  await socket.acknowledged
  expect((await ask(there, key, '{ viewer { kind } }')).status).toBe(200)

  await ask(here, ownerKey, `mutation { revokeApiKey(input: { id: "${apiKey?.id}" }) { __typename } }`)
  const since = performance.now()
  expect((await ask(there, key, '{ viewer { kind } }')).status).toBe(401)
  expect((await socket.close).code).toBe(4401)
  expect(performance.now() - since).toBeLessThan(5_000) // a second is promised, on a machine that does nothing else
})

test('on SIGTERM it ends open streams and stops', async () => {
  const { child, ended } = start({})
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const stream = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${ownerKey}` },
    body: JSON.stringify({ query: 'subscription { environmentEvents { sequence } }' }),
  })
  child.kill('SIGTERM')
  expect(await stream.text()).toContain('SERVICE_UNAVAILABLE')
  expect((await ended).code).toBe(0)
})
