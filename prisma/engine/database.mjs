import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { parse } from 'pg-connection-string'

const ownParameters = ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer', 'connect_timeout', 'socket_timeout']

// Parsed fields, never a connection string: PrismaPg opens the shadow database with { ...config, database }, and pg
// lets a connectionString win over database, so that the "shadow" would be the real one.
function connectionOf(url) {
  if (!url) throw new Error('No datasource url: set DATABASE_URL')
  const bare = new URL(url)
  const schema = bare.searchParams.get('schema') ?? undefined
  for (const name of ownParameters) bare.searchParams.delete(name)
  const fields = parse(bare.toString())
  const port = fields.port ? Number(fields.port) : 5432
  return { schema, config: { ...fields, port, max: 1, application_name: 'prisma-schema-engine' } }
}

const databaseOf = (url) => decodeURIComponent(new URL(url).pathname.slice(1))

async function withClient(url, database, work) {
  const { config } = connectionOf(url)
  const client = new pg.Client({ ...config, ...(database ? { database } : {}), connectionTimeoutMillis: 5000 })
  client.on('error', () => {}) // the query that runs reports it
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function onServer(url, statement) {
  try {
    return await withClient(url, 'postgres', statement)
  } catch (error) {
    if (error.code !== '3D000') throw error
    return withClient(url, 'template1', statement)
  }
}

export const ping = (url) => withClient(url, undefined, (client) => client.query('SELECT 1'))

export async function createDatabase(url) {
  const databaseName = databaseOf(url)
  await onServer(url, (client) => client.query(`CREATE DATABASE ${client.escapeIdentifier(databaseName)}`))
  return { databaseName }
}

export const dropDatabase = (url) =>
  onServer(url, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(databaseOf(url))} WITH (FORCE)`),
  )

const charOid = 18
const textOid = 25

/** The adapter with the two things that the engine needs beyond it. */
function complete(adapter) {
  const performIO = adapter.performIO.bind(adapter)
  const queryRaw = adapter.queryRaw.bind(adapter)
  const charColumns = new WeakMap()
  // The catalogue queries return PostgreSQL's "char", which adapter-pg does not know: read it as text, hand it on as Character.
  adapter.performIO = async (query) => {
    const result = await performIO(query)
    const columns = []
    result.fields?.forEach((field, index) => {
      if (field.dataTypeID !== charOid) return
      field.dataTypeID = textOid
      columns.push(index)
    })
    charColumns.set(query, columns)
    return result
  }
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const index of charColumns.get(query) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  // adapter-pg cuts a script at every semicolon, which breaks $$ bodies: send it whole, as the native engine does.
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script)
    } catch (error) {
      adapter.onError(error)
    }
  }
  return adapter
}

async function givenShadow(url, shadowUrl) {
  const [main, shadow] = [new URL(url), new URL(shadowUrl)]
  if (main.host === shadow.host && main.pathname === shadow.pathname)
    throw new Error('shadowDatabaseUrl names the main database')
  await withClient(shadowUrl, undefined, (client) =>
    client.query('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public'),
  )
  const { config, schema } = connectionOf(shadowUrl)
  return complete(await new PrismaPg(config, { schema }).connect())
}

async function ownShadow(url) {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  await onServer(url, (client) => client.query(`CREATE DATABASE "${database}"`))
  const { config, schema } = connectionOf(url)
  const adapter = complete(await new PrismaPg({ ...config, database }, { schema }).connect())
  const dispose = adapter.dispose.bind(adapter)
  adapter.dispose = async () => {
    await dispose()
    await onServer(url, (client) => client.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`))
  }
  return adapter
}

/** The factory that the engine connects with. It connects only when asked: a diff of two files needs no server. */
export function adapterFactory({ url = 'postgresql://localhost:5432/none', shadowDatabaseUrl }) {
  const { schema, config } = connectionOf(url)
  const main = new PrismaPg(config, { schema })
  return {
    provider: 'postgres',
    adapterName: main.adapterName,
    connect: async () => complete(await main.connect()),
    connectToShadowDb: () => (shadowDatabaseUrl ? givenShadow(url, shadowDatabaseUrl) : ownShadow(url)),
  }
}
