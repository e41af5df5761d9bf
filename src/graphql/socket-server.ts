import { CloseCode, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws'
import type { Extra } from 'graphql-ws/use/ws'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Logger } from '../log.ts'
import { inTurns } from './operation-turns.ts'
import { sweepPings } from './ping-sweep.ts'

export interface SocketServerOptions {
  server: WebSocketServer
  protocol: ServerOptions<Record<string, unknown>, Extra>
  pingMs: number
  log: Logger
}

/** graphql-ws's protocol on a ws server. Unlike its own adapter: one timer pings all sockets, and an id may be used again. */
export function serveSockets({ server, protocol, pingMs, log }: SocketServerOptions) {
  const graphqlWs = makeServer(protocol)
  const pings = sweepPings(pingMs)
  server.options.handleProtocols = handleProtocols

  server.on('connection', (socket, request) => {
    // what clients send: too large, or not the protocol
    socket.on('error', (err) => log.debug({ err }, 'a WebSocket client broke the protocol'))
    pings.watch(socket)
    const closed = graphqlWs.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage(handle) {
          const handleInTurns = inTurns({
            handle,
            isOpen: () => socket.readyState === socket.OPEN,
            refuse: (id) => socket.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`),
          })
          socket.on('message', (data) => {
            // a Buffer, as long as nobody sets another binaryType
            handleInTurns((data as Buffer).toString()).catch((err: unknown) => {
              log.error({ err }, 'a WebSocket message could not be handled')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          })
        },
      },
      { socket, request },
    )
    socket.once('close', (code, reason) => void closed(code, String(reason)))
  })

  return {
    async close() {
      pings.stop()
      for (const client of server.clients) client.close(1001, 'Going away')
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
