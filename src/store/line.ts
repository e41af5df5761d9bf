import pg from 'pg'
import { answeredWithin } from './answering-within.ts'
import { StoreBusy } from './errors.ts'
import { goodbye } from './goodbye.ts'
import { requirePrimary } from './primary.ts'

/**
 * One connection of its own, on which statements go out without waiting for the answers to those before. PostgreSQL carries them out one after the other,
 * in the order of the calls: whoever asks second sees what whoever asked first has seen, and perhaps more.
 */
export interface Line extends Querier {
  close(): Promise<void>
}

/** A line, or a pool. */
export interface Querier {
  query<Row extends pg.QueryResultRow>(asked: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult<Row>>
}

export interface LineOptions {
  url: string
  applicationName: string
  /** What is not answered within it, connecting included, fails with all that was asked behind it, and the connection is given up. */
  answerMs: number
  onError: (error: Error) => void
}

/**
 * Connected at the first statement, and again at the next one when it was lost; where there is no answer it fails as StoreBusy. Only for what is found by
 * an index: plans are made once.
 */
export function openLine({ url, applicationName, answerMs, onError }: LineOptions): Line {
  let connected: Promise<pg.Client> | undefined
  let closed = false

  function reach(): Promise<pg.Client> {
    if (connected) return connected
    const connecting = connect(() => leave(connecting))
    connected = connecting
    return connecting
  }

  /** The next statement has another connection. */
  function leave(client: Promise<pg.Client>) {
    if (connected !== client) return
    connected = undefined
    client.then((one) => one.end()).catch(() => {}) // it has told whoever asked
  }

  async function connect(lost: () => void): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      application_name: applicationName,
      pipeline: true,
      connectionTimeoutMillis: answerMs,
      keepAlive: true,
      options: '-c lock_timeout=5s -c plan_cache_mode=force_generic_plan -c enable_seqscan=off',
    })
    client.on('error', (error) => {
      lost()
      onError(error)
    })
    client.on('end', lost)
    const deadline = performance.now() + answerMs
    try {
      await client.connect()
      await requirePrimary(client, leftUntil(deadline))
      return client
    } catch (error) {
      lost()
      client.end().catch(() => {}) // it is of no use, or gone already
      throw error
    }
  }

  async function query<Row extends pg.QueryResultRow>(asked: string | pg.QueryConfig, values?: unknown[]) {
    if (closed) throw new StoreBusy('the line to PostgreSQL is closed')
    const deadline = performance.now() + answerMs
    const client = reach()
    try {
      const one = await client
      return await one.query<Row>(answeredWithin(leftUntil(deadline), asked, values))
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) {
        leave(client)
        throw new StoreBusy('PostgreSQL did not answer', error)
      }
      if (error.severity === 'FATAL') leave(client)
      throw error
    }
  }

  return {
    query,
    async close() {
      closed = true
      if (connected)
        await goodbye(
          connected.then(
            (client) => client.end(),
            () => {}, // it never stood
          ),
        )
    },
  }
}

const leftUntil = (deadline: number) => Math.max(deadline - performance.now(), 1)
