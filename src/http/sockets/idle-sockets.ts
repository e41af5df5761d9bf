import type { WebSocket } from 'ws'

export interface IdleSockets {
  /** It carries an operation now. */
  used(socket: WebSocket): void
  stop(): void
}

/** Ends sockets that have carried no operation for so long: each counts among those of its credential. */
export function endIdleSockets(
  idleMs: number,
  { isBusy, end }: { isBusy: (socket: WebSocket) => boolean; end: (socket: WebSocket) => void },
): IdleSockets {
  const usedAt = new Map<WebSocket, number>()

  function look() {
    const now = performance.now()
    for (const [socket, at] of usedAt) {
      if (isBusy(socket)) usedAt.set(socket, now)
      else if (now - at >= idleMs) end(socket)
    }
  }

  const timer = setInterval(look, idleMs / 10)
  return {
    used(socket) {
      if (!usedAt.has(socket)) socket.once('close', () => usedAt.delete(socket))
      usedAt.set(socket, performance.now())
    },
    stop: () => clearInterval(timer),
  }
}
