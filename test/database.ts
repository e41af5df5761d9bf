import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { templateDatabase } from './template-database.ts'

/** The URL of a database of the caller's own, migrated and otherwise as at first start. Call it once per test file. */
export async function freshDatabase(): Promise<string> {
  const url = new URL(inject('pgUrl'))
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${templateDatabase} STRATEGY FILE_COPY`)
  } finally {
    await client.end()
  }
  url.pathname = `/${name}`
  return url.toString()
}
