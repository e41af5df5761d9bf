import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/start.ts'
import { openDatabase } from '../../src/store/database.ts'
import { StoreBusy } from '../../src/store/errors.ts'
import { isUnavailable } from '../../src/store/unavailable.ts'
import { openLine } from '../../src/store/line.ts'
import { temporaryFolder } from '../embedded/processes.ts'
import { eventually } from '../eventually.ts'

test('a standby is asked nothing, neither on the line nor through the pools; when it has taken over it is', async () => {
  const dataDir = join(temporaryFolder(), 'postgres')
  let output = ''
  const server = { dataDir, database: 'app', port: 0, durable: false, log: (chunk: string) => void (output += chunk) }
  const { url, stop } = await startEmbeddedPostgres(server)
  await stop()
  writeFileSync(join(dataDir, 'standby.signal'), '')
  // settles when it has taken over
  const starting = startEmbeddedPostgres(server)
  await eventually('the standby to answer', () => output.includes('ready to accept read-only connections'))
  const db = openDatabase({ url, applicationName: 'test', max: 2, onError: () => {} })
  const line = openLine({ url, applicationName: 'test', answerMs: 10_000, onError: () => {} })
  await expect(line.query('SELECT 1')).rejects.toThrow(StoreBusy)
  await expect(db.pool.query('SELECT 1')).rejects.toThrow(StoreBusy)
  const error = await db.prisma.$queryRaw`SELECT 1`.catch((caught: unknown) => caught)
  expect(isUnavailable(error)).toBe(true)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT pg_promote()')
  await client.end()
  const primary = await starting
  expect((await line.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect((await db.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(await db.prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }])
  await line.close()
  await db.close()
  await primary.stop()
})
