import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import {
  type Context as SocketContext,
  type ErrorMessage,
  MessageType,
  type PingMessage,
  stringifyMessage,
} from 'graphql-ws'
import type { Extra } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { networkOf } from '../auth/attempts.ts'
import type { Authenticate, PresentedCredential, Session } from '../auth/authenticate.ts'
import { credentialOf } from '../auth/caller.ts'
import { AuthenticationError } from '../auth/errors.ts'
import type { Presenting } from '../auth/presenting.ts'
import type { Logger } from '../log.ts'
import { type ArrivalLimits, createArrivals } from './arrivals.ts'
import { readInStep } from './backpressure.ts'
import { closeCodes } from './close-codes.ts'
import { rateLimited } from './errors.ts'
import type { SendPayload } from './event-execution.ts'
import { endIdleSockets } from './idle-sockets.ts'
import type { SlowReaders } from './slow-readers.ts'
import { serveSockets } from './socket-server.ts'
import type { Graphql } from './yoga.ts'

export interface WebSocketLimits extends ArrivalLimits {
  subscriptionsPerSocket: number
  socketsPerCredential: number
  /** Largest message that a client may send. */
  messageBytes: number
  pingMs: number
  /** One for which more than this waits is not read from. */
  waitingBytes: number
  /** One that has carried no operation for so long is closed. */
  idleMs: number
  /** How long the client has to answer our close. */
  closeMs: number
}

export const defaultWebSocketLimits: WebSocketLimits = {
  subscriptionsPerSocket: 50,
  socketsPerCredential: 100,
  messageBytes: 256 * 1024,
  connectionInitMs: 5_000,
  silentPerNetwork: 200,
  silentSockets: 2_000,
  pingMs: 12_000,
  waitingBytes: 1024 * 1024,
  idleMs: 10 * 60_000,
  closeMs: 3_000,
}

export interface WebSocketOptions {
  graphql: Graphql
  authenticate: Authenticate
  presenting: Presenting
  log: Logger
  /** Those that do not drain are closed with 1013. */
  slowReaders: SlowReaders
  /** As EventHub.onConfirm: a socket on which nothing runs ends with its credential too. */
  onConfirm: (confirm: () => void) => () => void
  limits: WebSocketLimits
}

type Socket = SocketContext<Record<string, unknown>, Extra>
const longestTimer = 2 ** 31 - 1

/** graphql-transport-ws on the HTTP server's port. */
export function createWebSockets({
  graphql,
  authenticate,
  presenting,
  log,
  slowReaders,
  onConfirm,
  limits,
}: WebSocketOptions) {
  const { yoga, maskError } = graphql
  const options = { noServer: true, maxPayload: limits.messageBytes, closeTimeout: limits.closeMs }
  const server = new WebSocketServer(options)
  const arrivals = createArrivals(limits)
  const socketsOf = new Map<string, number>()
  const leaving = new WeakMap<WebSocket, () => void>()
  const contexts = new WeakMap<WebSocket, Socket>()
  /** By credential: what is open under one is confirmed by one of its sessions. */
  const sessions = new Map<string, { session: Session; sockets: Set<WebSocket> }>()

  const idle = endIdleSockets(limits.idleMs, {
    isBusy: (socket) => Object.keys(contexts.get(socket)?.subscriptions ?? {}).length > 0,
    end: (socket) => end(socket, closeCodes.idle, 'No operation for a long time'),
  })

  /** Frees what the socket and its subscriptions hold at once: its close may wait for a client that does not answer. */
  function end(socket: WebSocket, code: number, reason: string) {
    socket.close(code, reason)
    leave(socket)
    for (const subscription of Object.values(contexts.get(socket)?.subscriptions ?? {})) {
      if (subscription && 'return' in subscription) void subscription.return(undefined)
    }
  }

  function leave(socket: WebSocket) {
    leaving.get(socket)?.()
    leaving.delete(socket)
  }

  function refuse(socket: WebSocket, error: unknown): GraphQLError {
    const shown = maskError(error)
    if (error instanceof AuthenticationError) end(socket, ...authenticationClose(error.expired))
    else end(socket, closeCodes.tryAgain, 'Try again later')
    return shown
  }

  const stopConfirming = onConfirm(() => {
    for (const { session, sockets } of sessions.values()) {
      session.confirm().catch((error: unknown) => {
        // PostgreSQL may be away for a moment: what the sockets ask for meanwhile is refused anyway
        if (error instanceof AuthenticationError) for (const socket of sockets) refuse(socket, error)
      })
    }
  })

  function admit(socket: WebSocket, session: Session): boolean {
    const { caller, expiresAt } = session
    const credential = credentialOf(caller)
    const open = socketsOf.get(credential) ?? 0
    if (open >= limits.socketsPerCredential) return false
    socketsOf.set(credential, open + 1)
    const left = expiresAt ? expiresAt.getTime() - Date.now() : Number.POSITIVE_INFINITY
    const sameSecret = sessions.get(session.credential) ?? { session, sockets: new Set() }
    sessions.set(session.credential, sameSecret)
    sameSecret.sockets.add(socket)
    // a longer timer would fire at once; credentials are confirmed anyway
    const expiry = left <= longestTimer ? setTimeout(() => end(socket, ...authenticationClose(true)), left) : undefined
    idle.used(socket)
    leaving.set(socket, () => {
      sameSecret.sockets.delete(socket)
      if (sameSecret.sockets.size === 0) sessions.delete(session.credential)
      clearTimeout(expiry)
      const others = (socketsOf.get(credential) ?? 1) - 1
      if (others > 0) socketsOf.set(credential, others)
      else socketsOf.delete(credential)
    })
    return true
  }

  /** Ends the socket when the answer says that its credential is no longer good. */
  function visible(socket: WebSocket, errors: readonly GraphQLError[]): GraphQLError[] {
    const refused = errors.find((error) => error.extensions['code'] === 'UNAUTHENTICATED')
    if (refused) end(socket, ...authenticationClose(refused.extensions['expired'] === true))
    return errors.map(withoutHttp)
  }

  /** It counts among the operations of its credential as one that is served. */
  async function refuseOperation(socket: WebSocket, id: string) {
    const context = contexts.get(socket)
    if (!context) return
    const most = `A socket carries at most ${limits.subscriptionsPerSocket} operations at a time. Complete one first.`
    let shown = rateLimited(most)
    try {
      await authenticate(presented(presenting, context))
    } catch (error) {
      shown = error instanceof AuthenticationError ? refuse(socket, error) : maskError(error)
    }
    if (socket.readyState === socket.OPEN) socket.send(stringifyMessage(failed(id, withoutHttp(shown))))
  }

  const served = serveSockets({
    server,
    pingMs: limits.pingMs,
    operations: limits.subscriptionsPerSocket,
    refuseOperation,
    log,
    protocol: {
      connectionInitWaitTimeout: 0, // the arrivals see to it
      // the envelope's own functions, chosen for each operation in onSubscribe
      execute: (args: ExecutionArgs) => enveloped(args).execute(args),
      subscribe: (args: ExecutionArgs) => enveloped(args).subscribe(args),
      async onConnect(context) {
        const { socket } = context.extra
        contexts.set(socket, context)
        arrivals.presented(socket)
        try {
          const session = await authenticate(presented(presenting, context))
          if (socket.readyState !== socket.OPEN) return false // its close has been seen to already
          if (admit(socket, session)) return true
          end(socket, closeCodes.tooMany, 'Too many sockets of this credential')
        } catch (error) {
          refuse(socket, error)
        }
        return false
      },
      onPing({ acknowledged, extra }, payload) {
        // echoed: whoever has not been let in has nothing to be told
        if (!acknowledged && payload) end(extra.socket, ...authenticationClose(false))
      },
      async onSubscribe(context, id, params) {
        idle.used(context.extra.socket)
        try {
          const session = await authenticate(presented(presenting, context))
          const { socket, request } = context.extra
          const envelope = yoga.getEnveloped({ session, params, req: request, sendPayload: payloadsOf(socket, id) })
          const document = envelope.parse(params.query)
          const errors = envelope.validate(envelope.schema, document)
          if (errors.length > 0) return errors
          const { execute, subscribe } = envelope
          return {
            schema: envelope.schema,
            document,
            operationName: params.operationName,
            variableValues: params.variables,
            contextValue: await envelope.contextFactory(),
            rootValue: { execute, subscribe } satisfies Enveloped,
          }
        } catch (error) {
          if (error instanceof AuthenticationError) return [withoutHttp(refuse(context.extra.socket, error))]
          return [withoutHttp(maskError(error))]
        }
      },
      // the protocol has no word for it: from here on nothing is missed
      onOperation({ extra }, id, _payload, _args, result) {
        if (Symbol.asyncIterator in result) extra.socket.send(stringifyMessage(subscribed(id)))
      },
      onNext({ extra }, _id, _payload, _args, result) {
        const { data = null, errors } = result
        if (!errors) return undefined
        return { data, errors: visible(extra.socket, errors).map((error) => error.toJSON()) }
      },
      onError({ extra }, _id, _payload, errors) {
        return visible(
          extra.socket,
          errors.map((error) => (error instanceof GraphQLError ? error : maskError(error))),
        ).map((error) => error.toJSON())
      },
      onClose({ extra }) {
        leave(extra.socket)
      },
    },
  })

  server.on('connection', (socket, request) => {
    const unwatch = slowReaders.watch({
      socket: request.socket,
      waiting: () => socket.bufferedAmount,
      close() {
        log.info('closed a socket whose reader did not drain')
        end(socket, closeCodes.tryAgain, 'Read too slowly: resume from the last sequence')
      },
    })
    socket.once('close', unwatch)
    arrivals.add(socket, networkOf(presenting.addressOf(request)))
    readInStep(socket, request.socket, limits.waitingBytes)
  })

  return {
    open: () => server.clients.size,
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
      server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request))
    },
    async close(graceMs: number) {
      const killer = setTimeout(() => {
        for (const client of server.clients) client.terminate()
      }, graceMs)
      stopConfirming()
      idle.stop()
      await served.close()
      clearTimeout(killer)
      log.debug('WebSockets closed')
    },
  }
}

interface Enveloped {
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>
  subscribe: (
    args: ExecutionArgs,
  ) => AsyncIterableIterator<ExecutionResult> | Promise<AsyncIterableIterator<ExecutionResult>>
}

const enveloped = ({ rootValue }: ExecutionArgs) => rootValue as Enveloped // put there by onSubscribe

function authenticationClose(expired: boolean): [code: number, reason: string] {
  return expired ? [closeCodes.expired, 'Expired'] : [closeCodes.unauthenticated, 'Unauthenticated']
}

const failed = (id: string, error: GraphQLError): ErrorMessage => ({
  id,
  type: MessageType.Error,
  payload: [error.toJSON()],
})

/** A ping, which every client answers and none has to understand. */
const subscribed = (id: string): PingMessage => ({ type: MessageType.Ping, payload: { subscribed: id } })

/** Sends what graphql-ws would send as the payload of the operation's next message. */
function payloadsOf(socket: WebSocket, id: string): SendPayload {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  return (payload, sent) => {
    if (socket.readyState !== socket.OPEN) return false
    socket.send(`${head}${payload}}`, sent)
    return true
  }
}

/** Of the connectionParams; a browser's session stands in the cookie of the request that opened the socket. */
function presented(presenting: Presenting, { connectionParams, extra }: Socket): PresentedCredential {
  const text = (name: string) => {
    const value = connectionParams?.[name]
    return typeof value === 'string' ? value : null
  }
  const given = { authorization: text('authorization'), environment: text('environment') }
  return presenting.credentialOf(extra.request, given)
}

function withoutHttp(error: GraphQLError): GraphQLError {
  const { http: _, ...extensions } = error.extensions
  return new GraphQLError(error.message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
}
