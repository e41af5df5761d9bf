import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Registry } from 'prom-client'
import { type AttemptLimits, createAttempts } from '../auth/attempts.ts'
import { createAuthenticator } from '../auth/authenticate.ts'
import { createLookups, defaultLookupLimits, type LookupLimits } from '../auth/lookups.ts'
import { createPresenting, type Surroundings } from '../auth/presenting.ts'
import { createDashboardFiles } from './dashboard-files.ts'
import { createChangeStreams } from '../events/change-stream.ts'
import { createEventHub, defaultPollMs } from '../events/hub.ts'
import { createStreamSlots, type StreamSlotLimits } from '../events/stream-slots.ts'
import { createEventStreams } from '../events/streams.ts'
import type { QueryLimits } from '../graphql/limits.ts'
import type { RefusedStreamLimits } from '../graphql/refused-streams.ts'
import { type SlowReaderLimits, watchSlowReaders } from '../graphql/slow-readers.ts'
import { createSystemCatalog, type SystemDescription } from '../graphql/system-catalog.ts'
import { createGraphql } from '../graphql/yoga.ts'
import { sayTo } from './exchange.ts'
import { listen, urlOf } from './listening.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from './sockets/limits.ts'
import { createWebSockets } from './sockets/websocket.ts'
import type { Logger } from '../log.ts'
import { endBrowserSession } from '../operations/end-browser-session.ts'
import { createEnvironmentOperations } from '../operations/environments.ts'
import { createKeyOperations } from '../operations/keys.ts'
import type { Operations } from '../operations/operations.ts'
import { openBrowserSession } from '../operations/open-browser-session.ts'
import { revokePresentedToken } from '../operations/revoke-presented-token.ts'
import type { Delivery } from '../secrets/delivery.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsEndpoint, createMetricsServer, metricsPath } from './metrics-endpoint.ts'
import { createReadiness } from './readiness.ts'
import { createRefusals } from './refusals.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { createSessions, sessionPath } from './sessions.ts'
import { answeringWithin } from '../store/answering-within.ts'
import { openLine } from '../store/line.ts'
import type { Database } from '../store/database.ts'
import type { LastPolls } from '../temporal/last-polls.ts'
import { createTokenRevocation, revocationPath } from './token-revocation.ts'

export interface ApiServerOptions {
  host: string
  /** 0: any free one. */
  port: number
  db: Database
  operations: Operations
  /** Asks Temporal, which is the sign that it is there. */
  lastPolls: () => Promise<LastPolls>
  systems: readonly SystemDescription[]
  /** The Temporal UI's page of a workflow; null when no UI is configured. */
  workflowUrl: (workflowId: string) => string | null
  /** Where tokens can be delivered; nowhere unless given. */
  delivery?: Delivery | null
  graphiql: boolean
  /** Folder of the built dashboard; none is served unless given. */
  dashboard?: string
  log: Logger
  surroundings?: Surroundings
  /** Where the process is measured; /metrics tells of it. */
  registry?: Registry
  /** Serves /metrics to whoever asks on a port of its own, 0: any free one; null: only with a key, on the API's. */
  metricsPort?: number | null
  /** Where that port listens. */
  metricsHost?: string
  /** Of one credential in this process; 0: as many as it likes. */
  operationsPerSecond?: number
  /** Whether callers may ask for the schema. */
  introspection?: boolean
  lookupLimits?: LookupLimits
  /** Of refused ones. */
  signInLimits?: AttemptLimits
  limits?: QueryLimits
  webSocketLimits?: WebSocketLimits
  streamLimits?: StreamLimits
}

export interface StreamLimits extends SlowReaderLimits, StreamSlotLimits, RefusedStreamLimits {
  /** As HubOptions.pollMs. */
  pollMs: number
}

export const defaultStreamLimits: StreamLimits = {
  pollMs: defaultPollMs,
  streamsPerCredential: 100,
  givesWayAfterMs: 60_000,
  stalledMs: 5_000,
  refusedMs: 150,
}

export interface ApiServer {
  /** Of the server, without a path. */
  readonly url: string
  /** Of the server for metrics, where it has a port of its own. */
  readonly metricsUrl: string | null
  /** Lets requests finish, ends streams so that their clients resume elsewhere. The database stays open. */
  close(): Promise<void>
}

/** Refused sign-ins of an address, each of which is noted. */
const defaultSignInLimits: AttemptLimits = { burst: 20, everyMs: 1_000, addresses: 10_000 }

/** For what streams, and who looks credentials up, ask PostgreSQL: little each time. */
const answerMs = 10_000
const graceMs = 5_000
const sweepMs = 50

/** One API process: it holds no state, any number of them serve the same database. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const {
    host,
    port,
    db,
    operations,
    lastPolls,
    systems,
    workflowUrl,
    delivery = null,
    graphiql,
    dashboard,
    log,
    surroundings = { publicUrl: null, trustedProxies: [] },
    registry = new Registry(),
    metricsPort = null,
    metricsHost = '127.0.0.1',
    operationsPerSecond = 200,
    introspection = true,
    lookupLimits = defaultLookupLimits,
    signInLimits = defaultSignInLimits,
    limits,
    webSocketLimits = defaultWebSocketLimits,
    streamLimits = defaultStreamLimits,
  } = options
  const { pool, prisma } = db
  const warn = (err: Error) => log.warn({ err }, 'PostgreSQL connection failed')
  const prompt = answeringWithin(pool, answerMs)
  const line = openLine({ url: db.url, applicationName: 'syncline streams', answerMs, onError: warn })
  const lookups = createLookups(lookupLimits)
  const refused = createRefusals({ pool, registry, log })
  const letIn = createAuthenticator({ pool: prompt, line, onError: warn, lookups, operationsPerSecond })
  const authenticate = refused.noted(letIn)
  const presenting = createPresenting(surroundings)
  const overTls = surroundings.publicUrl?.protocol === 'https:'
  const hub = createEventHub({ url: db.url, pool: prompt, line, onError: warn, pollMs: streamLimits.pollMs })
  const slots = createStreamSlots(streamLimits)
  const slowReaders = watchSlowReaders(streamLimits)
  const graphql = createGraphql({
    prisma,
    pool,
    operations,
    keys: createKeyOperations({ db, delivery, log }),
    environments: createEnvironmentOperations(db),
    systems: createSystemCatalog(systems),
    streams: createEventStreams({ pool: prompt, hub }),
    changeStreams: createChangeStreams({ pool: prompt, hub }),
    slots,
    workflowUrl,
    authenticate,
    presenting,
    introspection,
    graphiql,
    slowReaders,
    refusedStreams: { onConfirm: hub.onConfirm, refusedMs: streamLimits.refusedMs },
    log,
    ...(limits ? { limits } : {}),
  })
  const revokeToken = createTokenRevocation({
    revoke: revokePresentedToken({ db, log }),
    addressOf: presenting.addressOf,
  })
  const readiness = createReadiness({ databaseUrl: db.url, lastPolls })
  const handleSession = createSessions({
    open: openBrowserSession({ db, authenticate: letIn, lookups, refusals: createAttempts(signInLimits) }),
    end: endBrowserSession({ db, lookups }),
    presenting,
  })
  const serveDashboard = dashboard === undefined ? null : createDashboardFiles(dashboard)
  const withoutDashboard =
    dashboard === undefined || serveDashboard ? '' : ' The dashboard is not built: npm run dashboard builds it.'
  const webSockets = createWebSockets({
    graphql,
    authenticate,
    presenting,
    log,
    slowReaders,
    onConfirm: hub.onConfirm,
    refusedMs: streamLimits.refusedMs,
    limits: webSocketLimits,
  })

  const metrics = createMetrics({ registry, pool, sockets: webSockets.open, streams: slots.held })
  const handleMetrics = createMetricsEndpoint({ metrics, authenticate, presenting })
  const metricsServer = metricsPort === null ? null : createMetricsServer(metrics)

  const server = createServer((request, response) => {
    route(request, response).catch((err: unknown) => {
      const requestId = randomUUID()
      log.error({ err, requestId }, 'a request failed outside the API')
      if (response.headersSent) response.destroy()
      else
        sayTo(request, response)(
          500,
          `Something went wrong on our side. The operator finds it in the log under request id ${requestId}.`,
        )
    })
  })
  server.on('upgrade', (request, socket, head) => {
    // Node leaves this socket to us as it is: a reset without a listener would end the process
    socket.on('error', (err) => log.debug({ err }, 'a client broke off its upgrade'))
    if (pathOf(request) === graphql.yoga.graphqlEndpoint) webSockets.handleUpgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => socket.destroy())
  })

  const paths = new Set([graphql.yoga.graphqlEndpoint, revocationPath, sessionPath, metricsPath, '/healthz', '/readyz'])
  async function route(request: IncomingMessage, response: ServerResponse) {
    const path = pathOf(request)
    setSecurityHeaders(response, overTls)
    metrics.watch(response, paths.has(path) ? path : 'other')
    if (!hasUsableHost(request)) answer(response, 400, 'The Host header is not a host name.')
    else if (path === graphql.yoga.graphqlEndpoint) await graphql.yoga(request, response)
    else if (path === revocationPath) await revokeToken(request, response)
    else if (path === sessionPath) await handleSession(request, response)
    else if (path === metricsPath) await handleMetrics(request, response)
    else if (path === '/healthz') answer(response, 200, 'ok')
    else if (path === '/readyz') {
      const found = await readiness.look()
      answer(response, found.ready ? 200 : 503, JSON.stringify(found), 'application/json')
    } else if (!serveDashboard?.(request, response, path))
      answer(response, 404, `Nothing is here. The API is at ${graphql.yoga.graphqlEndpoint}.${withoutDashboard}`)
  }

  try {
    await listen(server, host, port, 'PORT')
    if (metricsServer)
      await listen(metricsServer, metricsHost, metricsPort ?? 0, 'SYNCLINE_METRICS_PORT', 'SYNCLINE_METRICS_HOST')
  } catch (error) {
    slowReaders.stop()
    await Promise.all([hub.close(), line.close(), readiness.close()])
    await webSockets.close(0)
    server.close()
    throw error
  }

  return {
    url: urlOf(server, host),
    metricsUrl: metricsServer && urlOf(metricsServer, metricsHost),
    async close() {
      metricsServer?.close()
      metricsServer?.closeAllConnections()
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all([webSockets.close(graceMs), hub.close(), readiness.close()])
      // a connection that was kept alive becomes idle only when its last answer, a stream's too, has ended
      const sweeper = setInterval(() => server.closeIdleConnections(), sweepMs)
      const killer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      await line.close()
      slowReaders.stop()
      clearInterval(sweeper)
      clearTimeout(killer)
    },
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

/** Whether a URL can be made of it, as GraphQL over HTTP does. HTTP/1.0 may leave it out. */
function hasUsableHost({ headers: { host } }: IncomingMessage): boolean {
  return host === undefined || URL.canParse(`http://${host}/`)
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8') {
  response.writeHead(status, { 'content-type': type }).end(`${text}\n`)
}
