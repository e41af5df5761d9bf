import { handleProtocols, makeServer, type Message, type ServerOptions } from 'graphql-ws'
import type { Extra } from 'graphql-ws/use/ws'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Logger } from '../../log.ts'
import { BadMessage, readMessage } from './client-message.ts'
import { closeCodes } from './close-codes.ts'
import { inTurns } from './operation-turns.ts'
import { sweepPings } from './ping-sweep.ts'

export interface SocketServerOptions {
  server: WebSocketServer
  protocol: ServerOptions<Record<string, unknown>, Extra>
  pingMs: number
  /** A client may hold so many on one socket. */
  operations: number
  /** Tells the client that this one is beyond them, unless it has left it meanwhile. */
  refuseOperation: (socket: WebSocket, id: string, isLeft: () => boolean) => Promise<void>
  log: Logger
}

/** graphql-ws's protocol on a ws server. Unlike its own adapter: one timer pings all sockets, an id may be used again, and operations are counted. */
export function serveSockets({ server, protocol, pingMs, operations, refuseOperation, log }: SocketServerOptions) {
  const graphqlWs = makeServer(protocol)
  const pings = sweepPings(pingMs)
  server.options.handleProtocols = handleProtocols

  server.on('connection', (socket, request) => {
    // what clients send: too large, or not the protocol
    socket.on('error', (err) => log.debug({ err }, 'a WebSocket client broke the protocol'))
    pings.watch(socket, request.socket)
    const closed = graphqlWs.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage(handle) {
          const take = inTurns({
            // what has been parsed its parser takes as it is
            handle: (message) => handle(message as unknown as string),
            isOpen: () => socket.readyState === socket.OPEN,
            most: operations,
            refuseId: () => socket.close(closeCodes.idInUse, 'Subscriber for this id already exists'),
            refuseOperation: (id, isLeft) => refuseOperation(socket, id, isLeft),
          })
          socket.on('message', (data) => {
            // closed by us: it is told nothing more
            if (socket.readyState !== socket.OPEN) return
            // a Buffer, as long as nobody sets another binaryType
            receive(socket, take, (data as Buffer).toString())
          })
        },
      },
      { socket, request },
    )
    socket.once('close', (code, reason) => void closed(code, String(reason)))
  })

  function receive(socket: WebSocket, take: (message: Message) => Promise<void>, text: string) {
    try {
      take(readMessage(text)).catch((err: unknown) => {
        log.error({ err }, 'a WebSocket message could not be handled')
        socket.close(closeCodes.internal, 'Internal server error')
      })
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error
      socket.close(closeCodes.badMessage, error.message)
    }
  }

  return {
    async close() {
      pings.stop()
      for (const client of server.clients) client.close(closeCodes.goingAway, 'Going away')
      server.removeAllListeners()
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
      })
    },
  }
}

/** Settles when it has left the process. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState === socket.OPEN) socket.send(text, (error) => (error ? reject(error) : resolve()))
    else resolve()
  })
}
