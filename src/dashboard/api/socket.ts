import { type Client, createClient } from 'graphql-ws'

const pingMs = 10_000
const pongWithinMs = 5_000

/**
 * One WebSocket for all streams of an environment. It repeats nothing by itself: resuming with the right sequence is up to `follow`. A socket
 * that answers no ping, as after the computer slept, is given up.
 */
export function createSocket(environment: string): Client {
  let late: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url: () => `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { environment },
    retryAttempts: 0,
    keepAlive: pingMs,
    lazyCloseTimeout: 2_000,
    // each stream hears of its own end
    onNonLazyError: () => {},
    on: {
      ping(received) {
        if (!received) late = setTimeout(() => client.terminate(), pongWithinMs)
      },
      pong(received) {
        if (received) clearTimeout(late)
      },
      closed: () => clearTimeout(late),
    },
  })
  return client
}
