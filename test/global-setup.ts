import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../src/embedded/postgres/start.ts'
import { findTemporalCli } from '../src/embedded/temporal/cli.ts'
import { startEmbeddedTemporal } from '../src/embedded/temporal/start.ts'
import { migrate } from '../src/store/migrate.ts'
import { buildDashboard } from './dashboard/built.ts'
import { templateDatabase } from './template-database.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the run's PostgreSQL; tests use freshDatabase(). */
    pgUrl: string
    /** A real dev server, namespace "default". Each test file uses a task queue of its own. */
    temporalAddress: string
    /** The Temporal CLI, for tests that start a server of their own. */
    temporalCli: string
  }
}

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

async function startPostgres(folder: string) {
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    database: templateDatabase,
    port: 0,
    durable: false,
  })
  await migrate(postgres.url, at('prisma/migrations'))
  return postgres
}

async function startTemporal(folder: string) {
  const cli = await findTemporalCli({
    folder: at('node_modules/.cache/syncline/temporal'),
    searchPath: process.env['PATH'] ?? '',
  })
  const server = await startEmbeddedTemporal({
    executable: cli.path,
    dataDir: join(folder, 'temporal'),
    namespace: 'default',
    port: 0,
    uiPort: null,
  })
  return { ...server, cli: cli.path }
}

/** One PostgreSQL and one Temporal for the whole run, in a folder of their own: runs at once do not meet. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-test-'))
  chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
  // before any test does: two at once would build into one folder
  await buildDashboard()
  const started = await Promise.allSettled([startPostgres(folder), startTemporal(folder)])
  const teardown = async () => {
    await Promise.all(started.map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)))
    rmSync(folder, { recursive: true })
  }
  const [postgres, temporal] = started
  if (postgres.status === 'rejected' || temporal.status === 'rejected') {
    await teardown()
    throw postgres.status === 'rejected' ? postgres.reason : (temporal as PromiseRejectedResult).reason // one of the two is
  }
  project.provide('pgUrl', Object.assign(new URL(postgres.value.url), { pathname: '/postgres' }).toString())
  project.provide('temporalAddress', temporal.value.address)
  project.provide('temporalCli', temporal.value.cli)
  return teardown
}
