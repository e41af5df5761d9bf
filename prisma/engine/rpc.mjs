import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import { adapterFactory, createDatabase, ping } from './database.mjs'
import { failedMigration, toPrismaError } from './errors.mjs'

const forwarded = [
  'applyMigrations',
  'createMigration',
  'dbExecute',
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'evaluateDataLoss',
  'introspect',
  'introspectSql',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
  'schemaPush',
]

async function loadEngine(schemaFiles, factory) {
  const glue = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const bytes = await readFile(glue.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': wasm })
  wasm.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const datamodels = schemaFiles?.map((path) => [path, readFileSync(path, 'utf8')])
  return wasm.SchemaEngine.new({ datamodels }, () => {}, factory)
}

/** Answers JSON-RPC requests on stdin until it closes. */
export async function serve({ datasource, schemaFiles }) {
  console.log = console.info = console.error // stdout belongs to the protocol
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(datasource))
  let loading
  const engine = () => (loading ??= loadEngine(schemaFiles, factory))
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

  const methods = {
    ...Object.fromEntries(
      forwarded.map((name) => [name, async (params) => (await (await engine())[name](params)) ?? {}]),
    ),
    getDatabaseVersion: async (params) => (await engine()).version(params ?? null),
    createDatabase: (params) => createDatabase(params?.datasource?.url ?? datasource.url),
    ensureConnectionValidity: async () => {
      await ping(datasource.url)
      return {}
    },
    async diff(params) {
      const { stdout, exitCode } = await (await engine()).diff(params)
      if (stdout != null) send({ id: 1e9, method: 'print', params: { content: stdout } })
      return { exitCode }
    },
  }

  // The engine reports a driver's failure by number only; the adapter's registry has the error itself.
  const driverError = (message) => {
    const numbers = [...message.matchAll(/external error.*?(\d+)/gi)].map((match) => Number(match[1]))
    return numbers.map((number) => factory.errorRegistry?.consumeError(number)?.error).find(Boolean)
  }

  const failure = (method, error) => {
    const message = String(error?.message ?? error)
    const known =
      (method === 'applyMigrations' ? failedMigration(message) : null) ??
      toPrismaError(driverError(message) ?? error, datasource.url)
    const error_code =
      known?.error_code ?? error?.code ?? error?.error_code ?? /\b(P\d{4})\b/.exec(message)?.[1] ?? null
    return {
      code: 4466,
      message: 'An error happened. Check the data field for details.',
      data: { is_panic: false, message: known?.message ?? message, meta: null, error_code },
    }
  }

  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue
    const { id, method, params } = JSON.parse(line)
    if (!method) continue // the CLI's answer to our print
    try {
      if (!methods[method]) throw new Error(`the schema engine has no method ${method}`)
      send({ id, result: (await methods[method](params)) ?? null })
    } catch (error) {
      send({ id, error: failure(method, error) })
    }
  }
  process.exit(0)
}
