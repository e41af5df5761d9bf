import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { announceNews } from '../../src/store/announce.ts'
import { newId } from '../../src/store/ids.ts'
import { transaction } from '../../src/store/transaction.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, ownerKey, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addConnection, addEvents, addRecords, addRun, endRun } from '../graphql/rows.ts'
import { openWay } from '../graphql/severable-way.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let api: TestApi
let way: Awaited<ReturnType<typeof openWay>>
let folder: string
const children: ChildProcess[] = []

beforeAll(async () => {
  api = await startTestApi()
  way = await openWay(api.url)
  folder = mkdtempSync(join(tmpdir(), 'syncline-documented-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of ['docs/watch-progress.md', 'docs/read-records.md', 'README.md']) writePrograms(name)
})
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
})
afterAll(async () => {
  await api.stop()
  await way.close()
  rmSync(folder, { recursive: true })
})

/** Each block of code whose first line names its file. */
function writePrograms(page: string) {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```(?:ts|js|sh)\n(.*\n)([\s\S]*?)^```$/gm)
  for (const [, first = '', rest = ''] of blocks) {
    const name = /^(?:\/\/|#) (?:node )?([a-z]+\.(?:ts|mjs|sh))\b/.exec(first)?.[1]
    if (name) writeFileSync(join(folder, name), first + rest)
  }
}

/** What it printed, a line each, and how it ended. */
function start(command: string, args: string[], more: Record<string, string> = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      SYNCLINE_KEY: ownerKey,
      SYNCLINE_WS: way.url.replace('http', 'ws'),
      SYNCLINE_URL: way.url,
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let out = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const lines = () => out.split('\n').slice(0, -1)
  return {
    lines,
    until: (n: number) => eventually(`${n} lines`, () => lines().length >= n, 30_000),
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, complaint })),
  }
}

const program = (name: string, ...args: string[]) => start(process.execPath, ['--import', 'tsx', name, ...args])

/** The network is gone, and while it is, `meanwhile` happens. */
async function broken(meanwhile: () => Promise<unknown>) {
  await way.close()
  await meanwhile()
  await way.reopen()
}

const firsts = (lines: string[]) => lines.map((line) => Number(line.split(' ', 1)[0]))
const skipped = { type: 'SYNC_SKIPPED' } as const

test('follow.ts and watch.ts print every event once, in order, through a break', async () => {
  const { id } = await addConnection(api.db)
  await addEvents(api.db, id, [skipped, skipped])
  const { lines, until } = program('watch.ts', connectionNode(id))
  await until(3)
  await broken(() => addEvents(api.db, id, [skipped, skipped]))
  await until(5)
  await addEvents(api.db, id, [skipped])
  await until(6)
  expect(firsts(lines())).toEqual([1, 2, 3, 4, 5, 6])
})

test('they come back after closes that pass', async () => {
  const { id } = await addConnection(api.db)
  const codes = [4408, 4429, 1013]
  const closing = new WebSocketServer({ noServer: true })
  const before = createServer().on('upgrade', (request, near: Socket, head) => {
    const code = codes.shift()
    if (code) return closing.handleUpgrade(request, near, head, (socket) => socket.close(code))
    const far = connect(Number(new URL(api.url).port), '127.0.0.1')
    const headers = Array.from({ length: request.rawHeaders.length / 2 }, (_, i) =>
      request.rawHeaders.slice(2 * i, 2 * i + 2).join(': '),
    )
    far.write([`GET ${request.url} HTTP/1.1`, ...headers, '', ''].join('\r\n'))
    for (const socket of [near, far]) socket.on('error', () => {})
    far.pipe(near).pipe(far)
  })
  before.listen(0, '127.0.0.1')
  await once(before, 'listening')
  const { port } = before.address() as AddressInfo
  const args = ['--import', 'tsx', 'watch.ts', connectionNode(id)]
  const { lines, until } = start(process.execPath, args, { SYNCLINE_WS: `ws://127.0.0.1:${port}/graphql` })
  await until(1)
  expect([firsts(lines()), codes]).toEqual([[1], []])
  before.close()
})

test('they give up where repeating does not help', async () => {
  const { complaint, code } = await program('watch.ts', 'nonsense').ended
  expect(code).toBe(1)
  expect(complaint).toContain('There is no such connection')
})

test('copy.ts prints every change once, and goes on behind the stored cursor', async () => {
  const { id, key } = await addConnection(api.db)
  const commit = async (externalId: string, changeSeq: number) => {
    await addRecords(api.db, key, 'PART', [{ externalId, changeSeq }])
    await api.db.pool.query(`UPDATE entity_state SET change_seq = $2 WHERE connection_id = $1 AND entity = 'PART'`, [
      id,
      changeSeq,
    ])
    await transaction(api.db, async (client) => announceNews(client, id))
  }
  await commit('a', 1)
  const first = program('copy.ts', connectionNode(id), 'PART')
  await first.until(1)
  await broken(() => commit('b', 2))
  await first.until(2)
  expect(first.lines()).toEqual(['CREATED a', 'CREATED b'])
  children.splice(0).forEach((child) => child.kill('SIGKILL'))
  await first.ended
  await commit('c', 3)
  const second = program('copy.ts', connectionNode(id), 'PART')
  await eventually('the third', () => second.lines().includes('CREATED c'))
  expect(second.lines()).not.toContain('CREATED a')
})

test.each([
  { name: 'watch.sh', command: 'bash', args: ['watch.sh'], says: /UNAUTHENTICATED/ },
  { name: 'watch.mjs', command: process.execPath, args: ['watch.mjs', runNode(newId())], says: /refused \(4401\)/ },
])('$name says that its credential is refused, and ends', async ({ command, args, says }) => {
  const wrong = { KEY: 'wrong', SYNCLINE_KEY: 'wrong', API: way.url, RUN: runNode(newId()) }
  const { code, complaint } = await start(command, args, wrong).ended
  expect(code).toBe(1)
  expect(complaint).toMatch(says)
})

test('watch.sh takes nothing of an event that breaks off in the middle, and asks for it again', async () => {
  const asked: string[] = []
  const event = (sequence: string) => `event: next\ndata: {"data":{"syncProgress":{"sequence":"${sequence}"}}}\n\n`
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)).variables.after)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (asked.length > 1) return response.end(`${event('12')}event: complete\ndata:\n\n`)
    response.write(event('1') + event('12').slice(0, -8), () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { lines, ended } = start('bash', ['watch.sh'], { API: `http://127.0.0.1:${port}`, KEY: 'any', RUN: 'any' })
  expect(await ended).toMatchObject({ code: 0 })
  expect(asked).toEqual(['0', '1'])
  expect(lines().map((line) => /"sequence":"(\d+)"/.exec(line)?.[1])).toEqual(['1', '12'])
  server.close()
})

test.each([
  { name: 'watch.sh, with curl', command: 'bash', args: ['watch.sh'], sequenceOf: /"sequence":"(\d+)"/ },
  { name: "the README's watch.mjs", command: process.execPath, args: ['watch.mjs'], sequenceOf: /^(\d+) / },
])('$name prints every event of a run once, in order, through a break, and ends with the run', async (given) => {
  const { id } = await addConnection(api.db)
  const run = await addRun(api.db, id) // event 2
  await addEvents(api.db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  const node = runNode(run)
  const args = given.command === 'bash' ? given.args : [...given.args, node, '0']
  const { lines, until, ended } = start(given.command, args, { API: way.url, KEY: ownerKey, RUN: node })
  await until(2)
  await broken(() => addEvents(api.db, id, [{ type: 'ENTITY_PROGRESS', syncRunId: run, entity: 'PART' }]))
  await until(3)
  await endRun(api.db, id, run)
  expect(await ended).toMatchObject({ code: 0 })
  expect(lines().map((line) => Number(given.sequenceOf.exec(line)?.[1]))).toEqual([2, 3, 4, 5])
})
