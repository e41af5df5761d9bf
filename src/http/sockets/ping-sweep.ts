import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

export interface PingSweep {
  /** `wire`: what the WebSocket writes to. */
  watch(socket: WebSocket, wire: Socket): void
  stop(): void
}

/** Of the time between two pings: how often it is looked whose turn it is. */
const part = 1 / 12

/** What is written leaves the process at once, and lies in buffers of kernels and proxies until the reader takes it: up to so much of it. */
const unseenBytes = 4 * 1024 * 1024

/** The slowest line whose reader is waited for. */
const slowestBytesPerMs = 16

interface Turn {
  wire: Socket
  at: number
  /** When the first ping was sent that has no answer yet. */
  askedAt: number | null
  /** Bytes that had been written by then, from the opening on: the reader has to take it before it comes to the ping. */
  writtenBefore: number
  /** Of them, those before the ping that it answered last. */
  taken: number
}

/**
 * Pings each socket so often, and ends those that have not answered by their next turn, or by when a slow line would have carried what stands before
 * the ping. One timer for all, and their turns are spread.
 */
export function sweepPings(everyMs: number): PingSweep {
  const turns = new Map<WebSocket, Turn>()

  function isOverdue(socket: WebSocket, { askedAt, writtenBefore, taken }: Turn, now: number) {
    // what has not even left the process gets on or not: the slow readers' look sees to it
    if (askedAt === null || socket.bufferedAmount > 0) return false
    const onItsWay = Math.min(writtenBefore - taken, unseenBytes)
    return now - askedAt >= everyMs + onItsWay / slowestBytesPerMs
  }

  function sweep() {
    const now = performance.now()
    for (const [socket, turn] of turns) {
      if (turn.at > now) continue
      if (isOverdue(socket, turn, now)) {
        socket.terminate()
        continue
      }
      turn.at = now + everyMs
      if (socket.readyState !== socket.OPEN) continue
      if (turn.askedAt === null) {
        turn.askedAt = now
        turn.writtenBefore = turn.wire.bytesWritten
      }
      socket.ping()
    }
  }

  const timer = setInterval(sweep, everyMs * part)
  return {
    watch(socket, wire) {
      // who came back together is not pinged together
      const at = performance.now() + everyMs * (0.5 + Math.random() / 2)
      const turn: Turn = { wire, at, askedAt: null, writtenBefore: 0, taken: 0 }
      turns.set(socket, turn)
      socket.on('pong', () => {
        turn.askedAt = null
        turn.taken = turn.writtenBefore
      })
      socket.once('close', () => turns.delete(socket))
    },
    stop: () => clearInterval(timer),
  }
}
