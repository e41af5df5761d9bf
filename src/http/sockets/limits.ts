import type { ArrivalLimits } from './arrivals.ts'

export interface WebSocketLimits extends ArrivalLimits {
  /** Which a client may hold; with those that it has left and that are still ending it may be twice as many. */
  operationsPerSocket: number
  socketsPerCredential: number
  /** Largest message that a client may send. */
  messageBytes: number
  pingMs: number
  /** One for which more than this waits is not read from. */
  waitingBytes: number
  /** One that has carried no operation for so long is closed. */
  idleMs: number
  /** How long the client has to answer our close. */
  closeMs: number
}

export const defaultWebSocketLimits: WebSocketLimits = {
  operationsPerSocket: 50,
  socketsPerCredential: 100,
  messageBytes: 256 * 1024,
  connectionInitMs: 5_000,
  silentPerNetwork: 200,
  silentSockets: 2_000,
  pingMs: 12_000,
  waitingBytes: 1024 * 1024,
  idleMs: 10 * 60_000,
  closeMs: 3_000,
}
