import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../graphql/api.ts'
import { dashboardFolder } from '../../src/http/dashboard-files.ts'

let api: TestApi
let origin: string

beforeAll(async () => {
  api = await startTestApi({ dashboard: dashboardFolder })
  origin = new URL(api.url).origin
})
afterAll(() => api?.stop())

/** What comes over the wire, not unpacked. */
function bytesOf(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
    })
      .on('error', reject)
      .end()
  })
}

const scriptsOf = (page: string) => [...page.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path ?? '')

test('any address that is no file is the page, which no cache keeps and which lets no other script in', async () => {
  for (const path of ['/', '/production/connections?status=ACTIVE', '/production/runs/U3luY1J1bjox']) {
    const answer = await fetch(`${origin}${path}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toContain('<div id="root">')
  }
  const policyOf = async () => (await fetch(`${origin}/`)).headers.get('content-security-policy') ?? ''
  const policy = await policyOf()
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toContain('unsafe')
  expect(await policyOf()).not.toBe(policy) // its number is used once
})

test('hashed files are kept for good, and one of another version is not answered with the page', async () => {
  const [script = ''] = scriptsOf(await (await fetch(`${origin}/`)).text()).filter((path) => path.includes('_assets'))
  const answer = await fetch(`${origin}${script}`)
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(answer.headers.get('content-type')).toContain('javascript')
  expect((await fetch(`${origin}/_assets/index-00000000.js`)).status).toBe(404)
  expect((await fetch(`${origin}/`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${origin}/color-scheme.js`)).headers.get('cache-control')).toBe('no-cache')
})

test('nothing outside the build can be reached', async () => {
  for (const path of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/_assets/../../package.json',
    '/_assets/..%2f..%2fpackage.json',
  ])
    expect((await bytesOf(path)).toString()).not.toContain('"dependencies"')
})

test('the first load is less than 300 kB of compressed script', async () => {
  const page = await (await fetch(`${origin}/`)).text()
  const scripts = await Promise.all(scriptsOf(page).map(bytesOf))
  const entry = scripts.toSorted((a, b) => b.length - a.length)[0] ?? Buffer.alloc(0)
  expect(gunzipSync(entry).length).toBeGreaterThan(100_000) // compressed indeed
  expect(scripts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(300_000)
})
