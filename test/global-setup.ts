import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../src/embedded/postgres/start.ts'
import { migrate } from '../src/store/migrate.ts'
import { templateDatabase } from './template-database.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the run's PostgreSQL; tests use freshDatabase(). */
    pgUrl: string
  }
}

const migrations = fileURLToPath(new URL('../prisma/migrations', import.meta.url))

/** One PostgreSQL for the whole run, in a folder of its own: runs at once do not meet. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-test-'))
  chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), database: templateDatabase, port: 0, durable: false })
  await migrate(postgres.url, migrations)
  const maintenance = new URL(postgres.url)
  maintenance.pathname = '/postgres'
  project.provide('pgUrl', maintenance.toString())
  return async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
}
