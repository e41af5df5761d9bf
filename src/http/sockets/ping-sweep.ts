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
  /** A ping is out. One at a time: which of several was answered could not be told. */
  asked: boolean
  /** When the next ping goes out, or the one that is out has to be answered. */
  at: number
  /** Bytes that had been written when it went out, from the opening on: the reader has to take them before it comes to the ping. */
  writtenBefore: number
  /** Of them, those before the ping that was answered last. */
  taken: number
}

/**
 * Pings each socket, and ends those that have not answered by the time of the next ping, or by when a slow line would have carried what stands before
 * this one. One timer for all, and their turns are spread.
 */
export function sweepPings(everyMs: number): PingSweep {
  const turns = new Map<WebSocket, Turn>()

  const patienceMs = ({ writtenBefore, taken }: Turn) =>
    everyMs + Math.min(writtenBefore - taken, unseenBytes) / slowestBytesPerMs

  function sweep() {
    const now = performance.now()
    for (const [socket, turn] of turns) {
      // it counts from when all has left the process: until then the slow readers' look sees whether it gets on
      if (turn.asked && socket.bufferedAmount > 0) turn.at = now + patienceMs(turn)
      if (turn.at > now || socket.readyState !== socket.OPEN) continue
      if (turn.asked) socket.terminate()
      else ask(socket, turn, now)
    }
  }

  function ask(socket: WebSocket, turn: Turn, now: number) {
    turn.asked = true
    turn.writtenBefore = turn.wire.bytesWritten
    turn.at = now + patienceMs(turn)
    socket.ping()
  }

  const timer = setInterval(sweep, everyMs * part)
  return {
    watch(socket, wire) {
      // who came back together is not pinged together
      const at = performance.now() + everyMs * (0.5 + Math.random() / 2)
      const turn: Turn = { wire, asked: false, at, writtenBefore: 0, taken: 0 }
      turns.set(socket, turn)
      socket.on('pong', () => {
        if (!turn.asked) return
        turn.asked = false
        turn.taken = turn.writtenBefore
        turn.at = performance.now() + everyMs
      })
      socket.once('close', () => turns.delete(socket))
    },
    stop: () => clearInterval(timer),
  }
}
