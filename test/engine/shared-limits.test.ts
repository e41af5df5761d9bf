import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DemoConfig } from '../../src/connectors/demo/config.ts'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { createDemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import { freshDatabase } from '../database.ts'

let demo: Awaited<ReturnType<typeof createDemoSource>>
let databaseUrl: string
const folder = mkdtempSync(join(tmpdir(), 'syncline-limits-'))
const readers: Child[] = []

beforeAll(async () => {
  const counts = { VENDOR: 40, PART: 40, ASSET: 40, WORK_ORDER: 40, PURCHASE_ORDER: 40 }
  demo = await createDemoSource({ anchor: new Date('2026-03-01T00:00:00.000Z'), counts, pageSize: 10 })
  databaseUrl = await freshDatabase()
})
afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.stop()))
  await demo.close()
  rmSync(folder, { recursive: true })
})

const names = ['first', 'second'] as const
type Name = (typeof names)[number]

interface Watched {
  /** Requests of each process, in the order in which they came. */
  asked: Name[]
  /** Most that were under way at once. */
  peak: number
  /** From before the first request until the last. */
  ms: number
}

/**
 * Two processes read the source of one connection from the same moment on, until `enough`. `hold`: the source's first answer waits until so many
 * requests are under way.
 */
async function readByTwo(
  config: DemoConfig,
  enough: (asked: readonly Name[]) => boolean,
  { hold = 1 } = {},
): Promise<Watched> {
  const asked: Name[] = []
  const starting: ServerResponse[] = []
  let startedAt = 0
  let lastAt = 0
  let underWay = 0
  let peak = 0
  let open: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    open = resolve
  })

  function begin(answer: ServerResponse) {
    // they set out together, and no request comes before
    if (startedAt > 0) return answer.end(enough(asked) ? 'no' : 'yes')
    starting.push(answer)
    if (starting.length < names.length) return
    startedAt = performance.now()
    for (const it of starting) it.end('yes')
  }

  async function pass(name: Name, path: string, answer: ServerResponse) {
    asked.push(name)
    lastAt = performance.now()
    underWay += 1
    peak = Math.max(peak, underWay)
    if (underWay >= hold) open()
    const response = await fetch(new URL(path, demo.url))
    const body = await response.text()
    await held
    // from here on the process may have its answer, and ask again
    underWay -= 1
    answer.writeHead(response.status, { 'content-type': response.headers.get('content-type') ?? '' }).end(body)
  }

  const server = createServer((incoming, answer) => {
    const [, name = '', ...path] = (incoming.url ?? '').split('/')
    if (name === 'more') return begin(answer)
    pass(name === 'first' ? 'first' : 'second', `/${path.join('/')}`, answer).catch(() => answer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const connectionId = randomUUID()
  const pair = names.map((name) =>
    startChild({
      name,
      script: fileURLToPath(new URL('source-reader.ts', import.meta.url)),
      environment: {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: databaseUrl,
        CONNECTION_ID: connectionId,
        CONFIG: JSON.stringify({ ...config, baseUrl: `${url}/${name}`, pageSize: 10 } satisfies DemoConfig),
        MORE_URL: `${url}/more`,
      },
      logFile: join(folder, `${connectionId}-${name}.log`),
    }),
  )
  readers.push(...pair)
  expect(await Promise.all(pair.map((reader) => reader.ended))).toEqual(['exit code 0', 'exit code 0'])
  server.close()
  server.closeAllConnections()
  return { asked, peak, ms: lastAt - startedAt }
}

const countOf = (asked: readonly Name[], name: Name) => asked.filter((it) => it === name).length

test('two processes that read one connection have no more requests under way together than it allows', async () => {
  const enoughOfBoth = (asked: readonly Name[]) => names.every((name) => countOf(asked, name) >= 200)
  const { asked, peak } = await readByTwo({ maxInFlight: 3 }, enoughOfBoth, { hold: 3 })
  expect(peak).toBe(3)
  // neither waited for the other to be done
  for (const name of names) {
    const other = names.find((it) => it !== name)
    expect(asked.slice(asked.indexOf(name), asked.lastIndexOf(name))).toContain(other)
  }
}, 60_000)

test('two processes that read one connection ask together no more often than it allows', async () => {
  const perSecond = 20
  const { asked, ms } = await readByTwo({ requestsPerSecond: perSecond, maxInFlight: 16 }, (it) => it.length >= 100)
  // what the time that they took has given them, what was there at first, and fractions that were rounded up
  expect(asked.length).toBeLessThanOrEqual((ms / 1_000) * perSecond + perSecond + 1)
  for (const name of names) expect(countOf(asked, name)).toBeGreaterThanOrEqual(10)
}, 60_000)
