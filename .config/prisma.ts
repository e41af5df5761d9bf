import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

// The native schema engine is a download that not every network allows; this one runs the same engine's WebAssembly build.
if (process.platform !== 'win32') process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= at('prisma/schema-engine.mjs')

export default defineConfig({
  schema: at('prisma/schema.prisma'),
  migrations: { path: at('prisma/migrations') },
  // not env(): it throws where the variable is missing, which would break `prisma generate` on a fresh clone
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost:5432/unset' },
})
