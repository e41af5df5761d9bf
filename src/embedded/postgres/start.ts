import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { StartError } from '../../config.ts'
import { failureOf, type Guarded, spawnGuarded } from '../guard.ts'
import { anyFreePort, freeWithin, usablePort } from '../ports.ts'
import { serverAccount } from './account.ts'
import { postgresBinaries } from './binaries.ts'
import { ensureCluster, readSettings, serverEnvironment, writeSettings } from './cluster.ts'
import { clearPrevious, postmasterPid } from './previous.ts'

export interface PostgresOptions {
  /** Lasts between starts; the caller sees to it that one process at a time uses it. */
  dataDir: string
  /** Created when it is not there. */
  database: string
  /** 0: any free one, the same again at the next start while it stays free. */
  port: number
  /** False for tests: nothing is flushed to disk. */
  durable?: boolean
  settings?: readonly string[]
  log?: (chunk: string) => void
}

export interface EmbeddedPostgres {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Settles when the server has ended, wanted or not. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

const unsafe = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']

/** Starts PostgreSQL on 127.0.0.1 from the binaries that npm installed. It stops with this process, even on kill -9. */
export async function startEmbeddedPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { database, durable = true, settings = [], log } = options
  const dataDir = resolve(options.dataDir)
  if (process.platform === 'win32')
    throw new StartError(
      'Embedded PostgreSQL runs on Linux and macOS. On Windows set DATABASE_URL, or use docker compose up.',
    )
  const binaries = postgresBinaries()
  mkdirSync(dirname(dataDir), { recursive: true })
  const account = serverAccount([binaries, dirname(dataDir)])
  await clearPrevious(dataDir)
  ensureCluster({ binaries, account, dataDir, port: options.port || (await anyFreePort()), durable })
  const { password, port: remembered } = readSettings(dataDir)
  const port = await portToUse(options.port, remembered)
  if (port !== remembered) writeSettings(dataDir, { password, port })

  const wanted = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'logging_collector=off',
    ...(durable ? [] : unsafe),
    ...settings,
  ]
  const { uid, gid } = account
  const server = spawnGuarded({
    command: [
      ...account.prefix,
      join(binaries, 'postgres'),
      '-D',
      dataDir,
      '-p',
      String(port),
      ...wanted.flatMap((setting) => ['-c', setting]),
    ],
    stopSignal: 'INT', // the fast shutdown: clients are cut off, a checkpoint is written
    cwd: dataDir,
    environment: serverEnvironment,
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    ...(log ? { log } : {}),
  })
  const urlOf = (name: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${name}`
  await ready(server, port, urlOf('postgres'), database)
  return { url: urlOf(database), port, pid: postmasterPid(dataDir), ended: server.ended, stop: () => server.stop() }
}

async function portToUse(asked: number, remembered: number): Promise<number> {
  if (asked === 0 && (await freeWithin(remembered, 500))) return remembered
  return usablePort(asked, { part: 'PostgreSQL', variable: 'SYNCLINE_POSTGRES_PORT' })
}

async function ready(server: Guarded, port: number, url: string, database: string) {
  try {
    // after a crash the recovery of the log comes first, which can take a while
    await server.waitForOutput(/database system is ready to accept connections/, 120_000)
    await createDatabase(url, database)
  } catch (cause) {
    await server.stop()
    throw new StartError(`PostgreSQL did not start on port ${port}: ${failureOf(cause)}`, { cause })
  }
}

async function createDatabase(url: string, database: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}
