import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureOwnerKey } from '../../src/auth/owner-key.ts'
import { eventually } from '../eventually.ts'
import { ownerKey, startTestApi, type TestApi } from '../graphql/api.ts'
import { openBrowser } from '../graphql/browser.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'

let api: TestApi
let listener: pg.Client
const heard: string[] = []

beforeAll(async () => {
  api = await startTestApi()
  listener = new pg.Client({ connectionString: api.db.url })
  await listener.connect()
  listener.on('notification', ({ payload }) => heard.push(...(payload ?? '').split(',')))
  await listener.query('LISTEN syncline_event')
})
afterAll(async () => {
  await listener.end()
  await api.stop()
})

async function heardOf(ending: () => Promise<unknown>): Promise<string[]> {
  heard.length = 0
  await ending()
  await api.db.pool.query(`SELECT pg_notify('syncline_event', 'so far')`)
  await eventually('the mark', () => heard.includes('so far'))
  return heard.slice(0, heard.indexOf('so far'))
}

const signOut = async (path: string) => {
  const { headers } = await openBrowser(api.url, ownerKey)
  return () => fetch(new URL(path, api.url), { method: 'DELETE', headers })
}
const revokeByHolder = (token: string) => () =>
  fetch(new URL('/tokens/revoke', api.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })

test.each([
  { what: 'a session', begin: () => signOut('/session') },
  { what: 'all sessions of a key', begin: () => signOut('/session?all') },
  {
    what: 'a key that its holder revokes',
    begin: async () => revokeByHolder((await addApiKey(api.db, { scopes: [] })).token),
  },
  { what: 'a token that its holder revokes', begin: async () => revokeByHolder((await addConnection(api.db)).token) },
  {
    what: 'the owner key, replaced',
    begin: async () => () => ensureOwnerKey(api.db, { given: `${ownerKey} of after` }),
  },
])('the end of $what is announced', async ({ begin }) => {
  expect(await heardOf(await begin())).toContain('credentials')
})

test('who signs out of nothing has nothing announced', async () => {
  const signingOut = () =>
    fetch(new URL('/session', api.url), { method: 'DELETE', headers: { origin: new URL(api.url).origin } })
  expect(await heardOf(signingOut)).toEqual([])
})
