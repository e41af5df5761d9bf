import type { WebSocket } from 'ws'
import { closeCodes } from './close-codes.ts'

export interface ArrivalLimits {
  /** A socket that has not said whose it is for so long is closed. */
  connectionInitMs: number
  silentPerNetwork: number
  silentSockets: number
}

/**
 * Sockets that have not said yet whose they are, which anybody may open. Where there are too many of them, in all or of one network, the one that has
 * been silent longest gives way: whoever speaks at once is let in, however many others open sockets and wait.
 */
export interface Arrivals {
  add(socket: WebSocket, network: string): void
  /** It has said whose it is. */
  presented(socket: WebSocket): void
}

export function createArrivals({ connectionInitMs, silentPerNetwork, silentSockets }: ArrivalLimits): Arrivals {
  // each in the order in which they came
  const silent = new Map<WebSocket, { network: string; patience: NodeJS.Timeout }>()
  const byNetwork = new Map<string, Set<WebSocket>>()

  function forget(socket: WebSocket) {
    const { network, patience } = silent.get(socket) ?? {}
    if (network === undefined) return
    clearTimeout(patience)
    silent.delete(socket)
    const others = byNetwork.get(network)
    others?.delete(socket)
    if (others?.size === 0) byNetwork.delete(network)
  }

  function giveWay([longest]: Iterable<WebSocket>) {
    if (!longest) return
    forget(longest)
    longest.terminate()
  }

  function makeRoom(network: string) {
    const ofNetwork = byNetwork.get(network)
    if (ofNetwork && ofNetwork.size >= silentPerNetwork) giveWay(ofNetwork)
    else if (silent.size >= silentSockets) giveWay(silent.keys())
  }

  function expire(socket: WebSocket) {
    if (silent.has(socket)) socket.close(closeCodes.initTimeout, 'Connection initialisation timeout')
  }

  return {
    add(socket, network) {
      makeRoom(network)
      // what came while this process was too busy to read it is read before the second look
      const patience = setTimeout(() => setImmediate(expire, socket), connectionInitMs)
      silent.set(socket, { network, patience })
      const ofNetwork = byNetwork.get(network) ?? new Set()
      byNetwork.set(network, ofNetwork.add(socket))
      socket.once('close', () => forget(socket))
    },
    presented: forget,
  }
}
