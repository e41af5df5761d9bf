import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Authenticate, createAuthenticator } from './auth/authenticate.ts'
import { StartError } from './config.ts'
import { createChangeStreams } from './events/change-stream.ts'
import { createEventHub } from './events/hub.ts'
import { createStreamSlots } from './events/stream-slots.ts'
import { createEventStreams } from './events/streams.ts'
import type { QueryLimits } from './graphql/limits.ts'
import { type SlowReaderLimits, watchSlowReaders } from './graphql/slow-readers.ts'
import { createSystemCatalog, type SystemDescription } from './graphql/system-catalog.ts'
import { createWebSockets, defaultWebSocketLimits, type WebSocketLimits } from './graphql/websocket.ts'
import { createGraphql } from './graphql/yoga.ts'
import type { Logger } from './log.ts'
import { createEnvironmentOperations } from './operations/environments.ts'
import { createKeyOperations } from './operations/keys.ts'
import type { Operations } from './operations/operations.ts'
import { revokePresentedToken } from './operations/revoke-presented-token.ts'
import type { Delivery } from './secrets/delivery.ts'
import type { Database } from './store/database.ts'
import { createTokenRevocation, revocationPath } from './token-revocation.ts'

export interface ApiServerOptions {
  host: string
  /** 0: any free one. */
  port: number
  db: Database
  operations: Operations
  systems: readonly SystemDescription[]
  /** The Temporal UI's page of a workflow; null when no UI is configured. */
  workflowUrl: (workflowId: string) => string | null
  /** Where tokens can be delivered; nowhere unless given. */
  delivery?: Delivery | null
  graphiql: boolean
  log: Logger
  limits?: QueryLimits
  webSocketLimits?: WebSocketLimits
  streamLimits?: StreamLimits
}

export interface StreamLimits extends SlowReaderLimits {
  /** Over WebSocket and SSE together, in one process. */
  streamsPerCredential: number
}

export const defaultStreamLimits: StreamLimits = {
  streamsPerCredential: 100,
  stalledMs: 5_000,
  bufferedBytes: 4 * 1024 * 1024,
}

export interface ApiServer {
  /** Of the server, without a path. */
  readonly url: string
  /** Lets requests finish, ends streams so that their clients resume elsewhere. The database stays open. */
  close(): Promise<void>
}

const graceMs = 5_000
const sweepMs = 50
const readyWithinMs = 2_000

/** One API process: it holds no state, any number of them serve the same database. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const {
    host,
    port,
    db,
    operations,
    systems,
    workflowUrl,
    delivery = null,
    graphiql,
    log,
    limits,
    webSocketLimits = defaultWebSocketLimits,
    streamLimits = defaultStreamLimits,
  } = options
  const { pool, prisma } = db
  const warn = (err: Error) => log.warn({ err }, 'PostgreSQL connection failed')
  const authenticate: Authenticate = createAuthenticator({ pool, onError: warn })
  const hub = createEventHub({ url: db.url, pool, onError: warn })
  const graphql = createGraphql({
    prisma,
    pool,
    operations,
    keys: createKeyOperations({ db, delivery, log }),
    environments: createEnvironmentOperations(db),
    systems: createSystemCatalog(systems),
    streams: createEventStreams({ pool, hub }),
    changeStreams: createChangeStreams({ pool, hub }),
    slots: createStreamSlots(streamLimits.streamsPerCredential),
    workflowUrl,
    authenticate,
    graphiql,
    log,
    ...(limits ? { limits } : {}),
  })
  const revokeToken = createTokenRevocation({ revoke: revokePresentedToken({ db, log }) })
  const slowReaders = watchSlowReaders(streamLimits)
  const webSockets = createWebSockets({
    graphql,
    authenticate,
    log,
    slowReaders,
    onConfirm: hub.onConfirm,
    limits: webSocketLimits,
  })

  const server = createServer((request, response) => {
    route(request, response).catch((err: unknown) => {
      log.error({ err }, 'a request failed outside the API')
      response.destroy()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    // Node leaves this socket to us as it is: a reset without a listener would end the process
    socket.on('error', (err) => log.debug({ err }, 'a client broke off its upgrade'))
    if (pathOf(request) === graphql.yoga.graphqlEndpoint) webSockets.handleUpgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => socket.destroy())
  })

  async function route(request: IncomingMessage, response: ServerResponse) {
    const path = pathOf(request)
    if (!hasUsableHost(request)) answer(response, 400, 'The Host header is not a host name.')
    else if (path === graphql.yoga.graphqlEndpoint) {
      watchStream(request, response)
      await graphql.yoga(request, response)
    } else if (path === revocationPath) await revokeToken(request, response)
    else if (path === '/healthz') answer(response, 200, 'ok')
    else if (path === '/readyz')
      await ready().then(
        () => answer(response, 200, 'ready'),
        () => answer(response, 503, 'PostgreSQL cannot be reached'),
      )
    else answer(response, 404, `Nothing is here. The API is at ${graphql.yoga.graphqlEndpoint}.`)
  }

  function watchStream({ headers, socket }: IncomingMessage, response: ServerResponse) {
    if (!headers.accept?.includes('text/event-stream')) return
    const unwatch = slowReaders.watch({
      socket,
      waiting: () => response.writableLength,
      close() {
        log.info('closed an SSE stream whose reader did not drain')
        response.destroy()
      },
    })
    response.once('close', unwatch)
  }

  async function ready() {
    const late = AbortSignal.timeout(readyWithinMs)
    await Promise.race([
      pool.query('SELECT 1'),
      new Promise((_resolve, reject) => late.addEventListener('abort', reject)),
    ])
  }

  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  } catch (error) {
    slowReaders.stop()
    await hub.close()
    await webSockets.close(0)
    throw listenFailure(error, host, port)
  }
  const { port: bound } = server.address() as AddressInfo // a TCP server's address is never a string

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all([webSockets.close(graceMs), hub.close()])
      // a connection that was kept alive becomes idle only when its last answer, a stream's too, has ended
      const sweeper = setInterval(() => server.closeIdleConnections(), sweepMs)
      const killer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
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

function answer(response: ServerResponse, status: number, text: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new StartError(`PORT ${port} is taken on ${host}. Stop what listens there, or set PORT to another one.`)
  if (code === 'EACCES')
    return new StartError(`PORT ${port} may not be opened by this user. Set PORT to one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartError(`HOST ${host} is not an address of this machine. Set HOST to one that is.`)
  return error
}
