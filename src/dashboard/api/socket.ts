import { createClient, type FormattedExecutionResult, type Sink, type SubscribePayload } from 'graphql-ws'

const pingMs = 10_000
const pongWithinMs = 5_000
const connectedWithinMs = 10_000

export interface StreamSink<D> extends Sink<FormattedExecutionResult<D>> {
  /** The server has the subscription: what happens from now on is told. */
  stands: () => void
}

/**
 * One WebSocket for all streams of an environment. It repeats nothing by itself: when to subscribe again is up to `follow`. A socket
 * that answers no ping, as after the computer slept, is given up; so is one that does not open, as on a network that drops packets.
 */
export function createSocket(environment: string) {
  let late: ReturnType<typeof setTimeout> | undefined
  let newest = 0
  const client = createClient({
    url: () => `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { environment },
    retryAttempts: 0,
    keepAlive: pingMs,
    lazyCloseTimeout: 2_000,
    generateID: () => String(++newest),
    // each stream hears of its own end
    onNonLazyError: () => {},
    on: {
      connecting: () => within(connectedWithinMs),
      connected: () => clearTimeout(late),
      ping: (received) => !received && within(pongWithinMs),
      pong: (received) => received && clearTimeout(late),
      closed: () => clearTimeout(late),
    },
  })

  function within(ms: number) {
    clearTimeout(late)
    late = setTimeout(() => client.terminate(), ms)
  }

  return {
    subscribe<D>(request: SubscribePayload, sink: StreamSink<D>): () => void {
      // the library numbers it before it returns
      const leave = client.subscribe<D, Record<string, unknown>>(request, {
        next: (result) => sink.next(result),
        error(reason) {
          unlisten()
          sink.error(reason)
        },
        complete() {
          unlisten()
          sink.complete()
        },
      })
      const id = String(newest)
      const unlisten = client.on('ping', (received, payload) => {
        if (received && payload?.['subscribed'] === id) sink.stands()
      })
      return () => {
        unlisten()
        leave()
      }
    },
  }
}

export type Socket = ReturnType<typeof createSocket>
