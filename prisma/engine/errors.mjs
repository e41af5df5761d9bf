const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'])

/** A line on stderr in the shape of the engine's own logger. */
export function logLine(level, message, extra = {}) {
  const line = {
    timestamp: new Date().toISOString(),
    level,
    fields: { message, ...extra },
    target: 'schema_engine::logger',
  }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

/** What the Prisma CLI acts on for an error of pg or of the adapter; null when it has no code for it. */
export function toPrismaError(error, url) {
  const code = error?.code ?? error?.cause?.originalCode
  const host = url ? new URL(url).host : ''
  const database = url ? decodeURIComponent(new URL(url).pathname.slice(1)) : ''
  if (unreachable.has(code) || String(error?.message).includes('ECONNREFUSED'))
    return {
      error_code: 'P1001',
      message: `Can't reach database server at \`${host}\`\n\nPlease make sure your database server is running at \`${host}\`.`,
    }
  if (code === '28P01' || code === '28000')
    return {
      error_code: 'P1000',
      message: `Authentication failed against database server at \`${host}\`, the provided database credentials are not valid.`,
    }
  if (code === '3D000')
    return {
      error_code: 'P1003',
      message: `Database \`${database}\` does not exist on the database server at \`${host}\`.`,
    }
  return null
}

/** The error of a migration that failed, with its name, as the CLI shows it. */
export function failedMigration(message) {
  const name = /apply_script\s+with migration_name="([^"]+)"/.exec(message)?.[1]
  if (!name) return null
  const cause = message.split(/\n\s+0: /)[0]
  return {
    error_code: 'P3018',
    message:
      'A migration failed to apply. New migrations cannot be applied before the error is recovered from. ' +
      'Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve\n\n' +
      `Migration name: ${name}\n\nDatabase error:\n${cause}`,
  }
}
