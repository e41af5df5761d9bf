import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError } from 'graphql'
import {
  type Context as SocketContext,
  type ErrorMessage,
  MessageType,
  type PingMessage,
  stringifyMessage,
} from 'graphql-ws'
import type { Extra } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { networkOf } from '../../auth/attempts.ts'
import type { Authenticate, PresentedCredential } from '../../auth/authenticate.ts'
import { AuthenticationError } from '../../auth/errors.ts'
import type { Presenting } from '../../auth/presenting.ts'
import { rateLimited } from '../../graphql/errors.ts'
import type { RefusedStreamLimits } from '../../graphql/refused-streams.ts'
import type { SlowReaders } from '../../graphql/slow-readers.ts'
import type { Graphql } from '../../graphql/yoga.ts'
import type { Logger } from '../../log.ts'
import { type AdmissionOptions, createAdmission } from './admission.ts'
import { createArrivals } from './arrivals.ts'
import { readInStep } from './backpressure.ts'
import { authenticationClose, closeCodes } from './close-codes.ts'
import { envelop, throughEnvelope } from './enveloped-operation.ts'
import { endIdleSockets } from './idle-sockets.ts'
import type { WebSocketLimits } from './limits.ts'
import { serveSockets } from './socket-server.ts'

export interface WebSocketOptions extends Pick<AdmissionOptions, 'onConfirm'>, RefusedStreamLimits {
  graphql: Graphql
  authenticate: Authenticate
  presenting: Presenting
  log: Logger
  /** Those that do not drain are closed with 1013. */
  slowReaders: SlowReaders
  limits: WebSocketLimits
}

type Socket = SocketContext<Record<string, unknown>, Extra>

/** graphql-transport-ws on the HTTP server's port. */
export function createWebSockets({
  graphql,
  authenticate,
  presenting,
  log,
  slowReaders,
  onConfirm,
  refusedMs,
  limits,
}: WebSocketOptions) {
  const { maskError } = graphql
  const options = { noServer: true, maxPayload: limits.messageBytes, closeTimeout: limits.closeMs }
  const server = new WebSocketServer(options)
  const contexts = new WeakMap<WebSocket, Socket>()
  const arrivals = createArrivals(limits)
  const admission = createAdmission({
    socketsPerCredential: limits.socketsPerCredential,
    onConfirm,
    end: endUnauthenticated,
  })
  const idle = endIdleSockets(limits.idleMs, {
    isBusy: (socket) => Object.keys(contexts.get(socket)?.subscriptions ?? {}).length > 0,
    end: (socket) => end(socket, closeCodes.idle, 'No operation for a long time'),
  })

  /** Frees what the socket and its subscriptions hold at once: its close may wait for a client that does not answer. */
  function end(socket: WebSocket, code: number, reason: string) {
    socket.close(code, reason)
    admission.leave(socket)
    for (const subscription of Object.values(contexts.get(socket)?.subscriptions ?? {})) {
      if (subscription && 'return' in subscription) void subscription.return(undefined)
    }
  }

  function endUnauthenticated(socket: WebSocket, expired: boolean) {
    end(socket, ...authenticationClose(expired))
    setTimeout(() => {
      if (socket.readyState === socket.CLOSED || socket.bufferedAmount === 0) return
      log.info('cut off a WebSocket whose credential had ended')
      socket.terminate()
    }, refusedMs)
  }

  const authenticated = (context: Socket) => authenticate(presented(presenting, context))

  /** What is told of one operation; where its credential is no longer good the whole socket ends. */
  function translateOrEnd(socket: WebSocket, error: unknown): GraphQLError {
    if (error instanceof AuthenticationError) endUnauthenticated(socket, error.expired)
    return withoutHttp(maskError(error))
  }

  /** Ends the socket when the answer says that its credential is no longer good. */
  function translateAllOrEnd(socket: WebSocket, errors: readonly GraphQLError[]): GraphQLError[] {
    const refused = errors.find((error) => error.extensions['code'] === 'UNAUTHENTICATED')
    if (refused) endUnauthenticated(socket, refused.extensions['expired'] === true)
    return errors.map(withoutHttp)
  }

  /** It counts among the operations of its credential as one that is served. */
  async function refuseOperation(socket: WebSocket, id: string, isLeft: () => boolean) {
    const context = contexts.get(socket)
    if (!context) return
    const most = `A socket carries at most ${limits.operationsPerSocket} operations at a time. Complete one first.`
    let error = withoutHttp(rateLimited(most))
    try {
      await authenticated(context)
    } catch (cause) {
      error = translateOrEnd(socket, cause)
    }
    if (socket.readyState === socket.OPEN && !isLeft()) socket.send(stringifyMessage(failed(id, error)))
  }

  const served = serveSockets({
    server,
    pingMs: limits.pingMs,
    operations: limits.operationsPerSocket,
    refuseOperation,
    log,
    protocol: {
      connectionInitWaitTimeout: 0, // the arrivals see to it
      ...throughEnvelope,
      async onConnect(context) {
        const { socket } = context.extra
        contexts.set(socket, context)
        arrivals.presented(socket)
        try {
          const session = await authenticated(context)
          if (socket.readyState !== socket.OPEN) return false // its close has been seen to already
          if (admission.admit(socket, session)) {
            idle.used(socket)
            return true
          }
          end(socket, closeCodes.tooMany, 'Too many sockets of this credential')
        } catch (error) {
          translateOrEnd(socket, error)
          // where it has not been ended for its credential
          if (socket.readyState === socket.OPEN) end(socket, closeCodes.tryAgain, 'Try again later')
        }
        return false
      },
      onPing({ acknowledged, extra }, payload) {
        // echoed: whoever has not been let in has nothing to be told
        if (!acknowledged && payload) endUnauthenticated(extra.socket, false)
      },
      async onSubscribe(context, id, params) {
        const { socket, request } = context.extra
        idle.used(socket)
        try {
          const session = await authenticated(context)
          return await envelop(graphql, { socket, request, id, params, session })
        } catch (error) {
          return [translateOrEnd(socket, error)]
        }
      },
      // the protocol has no word for it: from here on nothing is missed
      onOperation({ extra, subscriptions }, id, _payload, _args, result) {
        // of one that its client has left nothing is told: the id may already be that of the next
        if (Symbol.asyncIterator in result && id in subscriptions) extra.socket.send(stringifyMessage(subscribed(id)))
      },
      onNext({ extra }, _id, _payload, _args, result) {
        const { data = null, errors } = result
        if (!errors) return undefined
        return { data, errors: translateAllOrEnd(extra.socket, errors).map((error) => error.toJSON()) }
      },
      onError({ extra }, _id, _payload, errors) {
        return translateAllOrEnd(
          extra.socket,
          errors.map((error) => (error instanceof GraphQLError ? error : maskError(error))),
        ).map((error) => error.toJSON())
      },
      onClose({ extra }) {
        admission.leave(extra.socket)
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
      admission.stop()
      idle.stop()
      await served.close()
      clearTimeout(killer)
      log.debug('WebSockets closed')
    },
  }
}

/** A ping, which every client answers and none has to understand. */
const subscribed = (id: string): PingMessage => ({ type: MessageType.Ping, payload: { subscribed: id } })

const failed = (id: string, error: GraphQLError): ErrorMessage => ({
  id,
  type: MessageType.Error,
  payload: [error.toJSON()],
})

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
