import { fileURLToPath } from 'node:url'
import { readConfig, StartError } from './config.ts'
import { databaseFailure } from './embedded/unreachable.ts'
import { migrate, MigrationError } from './store/migrate.ts'

const migrations = fileURLToPath(new URL('../prisma/migrations', import.meta.url))

async function run() {
  const { DATABASE_URL } = readConfig(['DATABASE_URL'], process.env)
  try {
    const applied = await migrate(DATABASE_URL, migrations)
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}.`)
  } catch (error) {
    if (error instanceof MigrationError) throw new StartError(`The schema was not brought up to date: ${error.message}`)
    throw new StartError(databaseFailure(DATABASE_URL, error))
  }
}

run().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error)
  process.exitCode = 1
})
