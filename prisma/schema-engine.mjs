#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which is a download that not every network allows: the same engine's
// WebAssembly build (same commit) over the pg driver adapter. The Prisma CLI starts it through
// PRISMA_SCHEMA_ENGINE_BINARY and speaks to it in two ways: `cli <command>`, or JSON-RPC by lines on stdin and stdout.
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { createDatabase, dropDatabase, ping } from './engine/database.mjs'
import { logLine, toPrismaError } from './engine/errors.mjs'
import { serve } from './engine/rpc.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datasource: { type: 'string' },
    datamodels: { type: 'string', multiple: true },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
    version: { type: 'boolean' },
  },
})
const datasource = values.datasource ? JSON.parse(values.datasource) : {}

const commands = {
  'can-connect-to-database': ping,
  'create-database': createDatabase,
  'drop-database': dropDatabase,
}

async function runCommand(name) {
  logLine('INFO', 'Starting schema engine CLI') // the Prisma CLI drops the first line of stderr
  try {
    const command = commands[name]
    if (!command) throw new Error(`unknown command ${name}`)
    await command(datasource.url)
  } catch (error) {
    const { error_code, message } = toPrismaError(error, datasource.url) ?? {
      error_code: 'P1011',
      message: error.message,
    }
    logLine('ERROR', message, { error_code, is_panic: false, meta: null })
    process.exitCode = 1
  }
}

if (values.version) {
  const { prisma } = createRequire(import.meta.url)('@prisma/engines-version/package.json')
  process.stdout.write(`schema-engine-cli ${prisma.enginesVersion}\n`)
} else if (positionals[0] === 'cli') {
  await runCommand(positionals[1])
} else {
  await serve({ datasource, schemaFiles: values.datamodels })
}
