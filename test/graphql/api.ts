import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../src/http/api-server.ts'
import { ensureOwnerKey } from '../../src/auth/owner-key.ts'
import type { Connector } from '../../src/connectors/contract.ts'
import { createOpenSource } from '../../src/connectors/open-source.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { freshDatabase } from '../database.ts'
import { polledNow } from '../polled-now.ts'
import { idleSchedules } from '../idle-schedules.ts'

export const ownerKey = 'the-owner-key-of-the-tests-0123456789'

/** Only what would need Temporal is faked: it takes every order and does nothing. */
const idleTemporal: SyncControl = {
  schedules: idleSchedules,
  startRun: async () => 'temporal-run',
  cancelEntities: async () => {},
  startCleanup: async () => {},
  startDataDeletion: async () => {},
  cancelWorkflow: async () => {},
  stateOf: async () => 'RUNNING',
  readerOf: async () => null,
  readerClosed: async () => {},
  lastPolls: async () => polledNow(),
  workflowAttempts: async () => 1,
  tellPromoted: async () => {},
}

/** A system whose source is always there and empty. */
const paper: Connector = {
  key: 'paper',
  name: 'Paper',
  category: 'FILE',
  entities: ['PART', 'VENDOR'],
  configSchema: z.object({ shelf: z.string().optional() }),
  credentialsSchema: z.object({ password: z.string().meta({ writeOnly: true }).optional() }),
  creditCost: 1,
  configured: () => ['PART', 'VENDOR'],
  addresses: () => [],
  clock: () => ({ lagMs: 0, precisionMs: 1, allowedSkewMs: 0 }),
  open: () => ({
    check: async () => ['PART', 'VENDOR'],
    now: async () => null,
    count: async () => null,
    async *read() {},
    readsByKey: () => true,
  }),
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each test asserts the fields that it asked for
  data: any
  errors: { message: string; path?: (string | number)[]; extensions: { code: string; [name: string]: unknown } }[]
  headers: Headers
}

export interface AskOptions {
  variables?: Record<string, unknown>
  token?: string | null
  environment?: string
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>

export async function startTestApi(options: Partial<ApiServerOptions> = {}, databaseUrl?: string) {
  const log = createLogger({ level: process.env['TEST_LOG'] ? 'debug' : 'error' })
  const db = openDatabase({
    url: databaseUrl ?? (await freshDatabase()),
    applicationName: 'test',
    max: 10,
    onError: () => {},
  })
  await ensureOwnerKey(db, { given: ownerKey })
  const connectors = createRegistry([paper])
  const operations = createOperations({
    db,
    secrets: createLocalSecretStore(db, [{ id: 'test', key: randomBytes(32) }]),
    temporal: idleTemporal,
    connectors,
    openSource: createOpenSource(connectors, []),
    delivery: options.delivery ?? null,
    log,
  })
  const start = () =>
    startApiServer({
      host: '127.0.0.1',
      port: 0,
      db,
      operations,
      lastPolls: idleTemporal.lastPolls,
      systems: [...connectors.values()],
      workflowUrl: (workflowId) => `http://temporal.test/${workflowId}`,
      graphiql: false,
      log,
      // whatever a test does comes from one address, mostly with one key
      operationsPerSecond: 0,
      ...options,
    })
  const servers: ApiServer[] = [await start()]
  const url = () => `${servers[0]?.url}/graphql`

  return {
    db,
    operations,
    get url() {
      return url()
    },
    get metricsUrl() {
      return servers[0]?.metricsUrl ?? null
    },
    get webSocketUrl() {
      return url().replace('http', 'ws')
    },
    /** Another API process on the same database, as far as a test can tell. */
    async startAnother() {
      const server = await start()
      servers.push(server)
      return `${server.url}/graphql`
    },
    async ask(query: string, { variables = {}, token = ownerKey, environment }: AskOptions = {}): Promise<Answer> {
      const response = await fetch(url(), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(environment ? { 'x-syncline-environment': environment } : {}),
        },
        body: JSON.stringify({ query, variables }),
      })
      const { data = null, errors = [] } = (await response.json()) as Partial<Answer> // our own server's answer
      return { status: response.status, headers: response.headers, data, errors }
    },
    async stop() {
      await Promise.all(servers.map((server) => server.close()))
      await db.close()
    },
  }
}

export const connectionNode = (id: string) => nodeId('Connection', id)
export const runNode = (id: string) => nodeId('SyncRun', id)
