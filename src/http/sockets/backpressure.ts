import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/**
 * Reads no more from a client for which more than this waits, until it has taken it: what its own messages make us answer would else grow without
 * bound, as a ping is answered with all that it carries.
 */
export function readInStep(socket: WebSocket, wire: Socket, waitingBytes: number): void {
  socket.on('message', () => {
    if (socket.isPaused || socket.bufferedAmount <= waitingBytes) return
    socket.pause()
    wire.once('drain', () => socket.resume())
  })
}
