import type { IncomingMessage } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'

export interface SlowReaderOptions {
  server: WebSocketServer
  limits: { stalledMs: number; bufferedBytes: number }
  close: (socket: WebSocket) => void
}

interface Progress {
  request: IncomingMessage
  flushed: number
  since: number
}

/**
 * Closes sockets whose reader does not drain. A stream sends its next message only when the last one left the process, so what waits for
 * a slow reader is little: that it does not shrink is the sign.
 */
export function watchSlowReaders({ server, limits: { stalledMs, bufferedBytes }, close }: SlowReaderOptions) {
  const watched = new Map<WebSocket, Progress>()

  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    watched.set(socket, { request, flushed: 0, since: performance.now() })
    socket.once('close', () => watched.delete(socket))
  })

  function look() {
    const now = performance.now()
    for (const [socket, progress] of watched) {
      const { bytesWritten, writableLength } = progress.request.socket
      const flushed = bytesWritten - writableLength
      if (socket.bufferedAmount === 0 || flushed > progress.flushed) {
        progress.flushed = flushed
        progress.since = now
      }
      if (now - progress.since < stalledMs && socket.bufferedAmount <= bufferedBytes) continue
      watched.delete(socket)
      close(socket)
    }
  }

  const timer = setInterval(look, Math.min(stalledMs / 2, 1_000))
  return { stop: () => clearInterval(timer) }
}
