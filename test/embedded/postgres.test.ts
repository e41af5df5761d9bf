import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/start.ts'
import { fakes, place, ready } from './place.ts'
import { runProgram, temporaryFolder } from './processes.ts'

const asRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }
const tests = { database: 'app', port: 0, durable: false }

async function valueOf(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ value: unknown }>(sql)
    return rows[0]?.value
  } finally {
    await client.end()
  }
}

it('keeps its data and its port between starts', async () => {
  const dataDir = join(temporaryFolder(), 'postgres')
  const first = await startEmbeddedPostgres({ ...tests, dataDir })
  await valueOf(first.url, 'CREATE TABLE kept AS SELECT 7 AS value')
  await first.stop()
  const second = await startEmbeddedPostgres({ ...tests, dataDir })
  expect(second.url).toBe(first.url)
  expect(await valueOf(second.url, 'SELECT value FROM kept')).toBe(7)
  await second.stop()
})

it('starts over a pid file whose process is gone, or is a stranger', async () => {
  const dataDir = join(temporaryFolder(), 'postgres')
  const first = await startEmbeddedPostgres({ ...tests, dataDir })
  const pidFile = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8')
  await first.stop()
  for (const pid of [String(first.pid), String(process.pid)]) {
    writeFileSync(join(dataDir, 'postmaster.pid'), pidFile.replace(/^\d+/, pid))
    const again = await startEmbeddedPostgres({ ...tests, dataDir })
    expect(await valueOf(again.url, 'SELECT 1 AS value')).toBe(1)
    await again.stop()
  }
})

it('waits for a server that is still there, and ends it when it belongs to nobody', async () => {
  const dataDir = join(temporaryFolder(), 'postgres')
  const first = await startEmbeddedPostgres({ ...tests, dataDir })
  const starting = startEmbeddedPostgres({ ...tests, dataDir })
  await first.stop()
  const second = await starting
  expect(second.port).toBe(first.port)
  await second.stop()
})

it('binds loopback only and asks for a password', async () => {
  const server = await startEmbeddedPostgres({ ...tests, dataDir: join(temporaryFolder(), 'postgres') })
  expect(await valueOf(server.url, "SELECT current_setting('listen_addresses') AS value")).toBe('127.0.0.1')
  const wrong = Object.assign(new URL(server.url), { password: 'wrong' }).toString()
  await expect(valueOf(wrong, 'SELECT 1 AS value')).rejects.toThrow(/password authentication failed/)
  await server.stop()
})

it.runIf(asRoot)('runs for root below a folder that other users may not enter', async () => {
  const closed = join(temporaryFolder(), 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const server = await startEmbeddedPostgres({ ...tests, dataDir: join(closed, 'postgres') })
  expect(await valueOf(server.url, 'SELECT 1 AS value')).toBe(1)
  await server.stop()
})

it.runIf(asRoot)(
  'starts all of it as an ordinary user',
  async () => {
    const { folder, environment } = place()
    chownSync(folder, nobody.uid, nobody.gid)
    chmodSync(folder, 0o700)
    const run = runProgram(fakes, environment, nobody)
    await run.printed(ready)
    run.kill('SIGINT')
    expect(await run.ended).toBe(0)
  },
  60_000,
)
