import type { WebSocket } from 'ws'

export interface PingSweep {
  watch(socket: WebSocket): void
  stop(): void
}

/** Of the time between two pings: how often it is looked whose turn it is. */
const part = 1 / 12

/** Pings each socket so often, and ends those that have not answered by their next turn. One timer for all, and their turns are spread. */
export function sweepPings(everyMs: number): PingSweep {
  const turns = new Map<WebSocket, { at: number; answered: boolean }>()

  function sweep() {
    const now = performance.now()
    for (const [socket, turn] of turns) {
      if (turn.at > now) continue
      // behind a large message that is still on its way the ping has not arrived; whether that gets on, the slow readers' look sees
      if (!turn.answered && socket.bufferedAmount === 0) {
        socket.terminate()
        continue
      }
      turn.answered = false
      turn.at = now + everyMs
      if (socket.readyState === socket.OPEN) socket.ping()
    }
  }

  const timer = setInterval(sweep, everyMs * part)
  return {
    watch(socket) {
      // who came back together is not pinged together
      const turn = { at: performance.now() + everyMs * (0.5 + Math.random() / 2), answered: true }
      turns.set(socket, turn)
      socket.on('pong', () => {
        turn.answered = true
      })
      socket.once('close', () => turns.delete(socket))
    },
    stop: () => clearInterval(timer),
  }
}
