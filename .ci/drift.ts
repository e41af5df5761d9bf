// Whether prisma/schema.prisma says what prisma/migrations build. Partitions, collations, fill factors and checks are
// beyond what Prisma models: it sees neither side of them, so they are not drift.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/embedded/postgres/start.ts'

const folder = mkdtempSync(join(tmpdir(), 'syncline-drift-'))
chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
const postgres = await startEmbeddedPostgres({
  dataDir: join(folder, 'postgres'),
  database: 'drift',
  port: 0,
  durable: false,
})
try {
  const diff = [
    'migrate',
    'diff',
    '--from-migrations',
    'prisma/migrations',
    '--to-schema',
    'prisma/schema.prisma',
    '--exit-code',
  ]
  const { status } = spawnSync('node_modules/.bin/prisma', diff, {
    env: { ...process.env, DATABASE_URL: postgres.url },
    stdio: 'inherit',
  })
  if (status !== 0)
    console.error(
      'prisma/migrations and prisma/schema.prisma differ: run npx prisma migrate dev and commit what it writes.',
    )
  process.exitCode = status ?? 1
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true })
}
