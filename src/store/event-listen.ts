import pg from 'pg'
import { credentialsMark, eventChannel } from './announce.ts'
import { goodbye } from './goodbye.ts'

export interface EventListener {
  /** Whether announcements come, as far as is known. */
  isListening(): boolean
  close(): Promise<void>
}

export interface ListenOptions {
  url: string
  onConnections: (connectionIds: string[]) => void
  /** Some credential has ended. */
  onCredentials: () => void
  /** Listening again after a gap: what was announced in between is not known. */
  onGap: () => void
  onError: (error: Error) => void
}

const firstRetryMs = 100
const longestRetryMs = 5_000
const answerMs = 10_000
const quietMs = 10_000

/** One LISTEN connection, kept up: it comes back with growing pauses. Whoever relies on it also polls. */
export function listenForEvents({ url, onConnections, onCredentials, onGap, onError }: ListenOptions): EventListener {
  let client: pg.Client | undefined
  let closed = false
  let listening = false
  let retry: NodeJS.Timeout | undefined
  let pause = firstRetryMs

  async function connect() {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'syncline events',
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      // a connection that only listens would else not notice for hours that the other end is gone
      keepAlive: true,
      keepAliveInitialDelayMillis: quietMs,
    })
    client = next
    next.on('error', onError)
    next.on('notification', ({ payload }) => {
      const told = new Set((payload ?? '').split(',').filter((id) => id !== ''))
      if (told.delete(credentialsMark)) onCredentials()
      if (told.size > 0) onConnections([...told])
    })
    next.on('end', () => reconnect(next))
    await next.connect()
    await next.query(`LISTEN ${eventChannel}`)
    pause = firstRetryMs
    listening = true
    onGap()
  }

  function reconnect(ended: pg.Client) {
    if (closed || client !== ended || retry) return
    listening = false
    retry = setTimeout(() => {
      retry = undefined
      start()
    }, pause)
    pause = Math.min(pause * 2, longestRetryMs)
  }

  function start() {
    connect().catch((error: unknown) => {
      onError(error instanceof Error ? error : new Error(String(error)))
      const failed = client
      failed?.end().catch(() => {}) // it is gone already; ending it only frees the socket
      if (failed) reconnect(failed)
    })
  }

  start()
  return {
    isListening: () => listening,
    async close() {
      closed = true
      clearTimeout(retry)
      if (client) await goodbye(client.end().catch(() => {})) // nothing is lost with a connection that only listens
    },
  }
}
