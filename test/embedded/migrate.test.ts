import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'

const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const admin = new pg.Client({ connectionString: inject('pgUrl') })

beforeAll(() => admin.connect())
afterAll(() => admin.end())

async function emptyDatabase(name: string): Promise<string> {
  await admin.query(`CREATE DATABASE ${name}`)
  return Object.assign(new URL(inject('pgUrl')), { pathname: `/${name}` }).toString()
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

function migrationsAnd(name: string, sql: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'syncline-migrations-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  cpSync(folder, copy, { recursive: true })
  mkdirSync(join(copy, name))
  writeFileSync(join(copy, name, 'migration.sql'), sql)
  return copy
}

it('applies each migration once', async () => {
  const url = await emptyDatabase('migrate_once')
  expect(await migrate(url, folder)).toEqual(readdirSync(folder).filter((name) => /^\d/.test(name)))
  expect(await migrate(url, folder)).toEqual([])
})

it('lets one of two that run at once apply, and the other find nothing to do', async () => {
  const url = await emptyDatabase('migrate_at_once')
  const [one, other] = await Promise.all([migrate(url, folder), migrate(url, folder)])
  expect(Math.min(one.length, other.length)).toBe(0)
  const rows = await query<{ name: string }>(url, 'SELECT name FROM environment ORDER BY name')
  expect(rows.map(({ name }) => name)).toEqual(['development', 'production', 'testing'])
})

it('undoes a migration that fails, names it, and applies it once it is repaired', async () => {
  const url = await emptyDatabase('migrate_broken')
  const broken = migrationsAnd('20991231000000_broken', 'CREATE TABLE half (id int); SELECT 1 / 0;')
  await expect(migrate(url, broken)).rejects.toThrow(/20991231000000_broken failed and was undone: division by zero/)
  expect(await query(url, "SELECT 1 FROM pg_class WHERE relname = 'half'")).toEqual([])
  const repaired = migrationsAnd('20991231000000_broken', 'CREATE TABLE half (id int);')
  expect(await migrate(url, repaired)).toEqual(['20991231000000_broken'])
})

it('refuses a database whose applied migration was changed afterwards', async () => {
  const url = await emptyDatabase('migrate_changed')
  const copy = migrationsAnd('20991231000000_late', 'CREATE TABLE late (id int);')
  await migrate(url, copy)
  appendFileSync(join(copy, '20991231000000_late', 'migration.sql'), '-- edited')
  await expect(migrate(url, copy)).rejects.toThrow(/20991231000000_late was changed after/)
})
