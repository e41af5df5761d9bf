import pg from 'pg'
import { eventChannel, takeUntold } from './announce.ts'
import { Unannounced } from './errors.ts'

/** NOTIFY takes a lock of all databases of the server, which others may hold over a flush. */
const lockMs = 500

/**
 * Commits, and tells the API processes of it in the same message: they hear of it as soon as PostgreSQL has it, however busy this process is. The NOTIFY is a
 * transaction of its own, behind the COMMIT: inside, transactions that notify would flush one after the other. Rejects where it has not committed, or nothing is
 * known of it; that it has and could not be announced goes to `onError`.
 */
export function commit(client: pg.ClientBase, onError: (error: Error) => void): Promise<void> {
  const untold = takeUntold(client)
  return new Promise((resolve, reject) => {
    const carriedOut: string[] = []
    const query = new pg.Query(untold.length === 0 ? 'COMMIT' : `COMMIT; ${announcement(untold)}`, (error) => {
      if (carriedOut[0] !== 'COMMIT') return reject(error ?? new Error('It was rolled back: a statement had failed.'))
      resolve()
      if (error)
        onError(
          new Unannounced('Followers hear of a commit at their next poll: PostgreSQL did not announce it.', error),
        )
    }) as Carried // by which pg tells a query what has been carried out of it; its types leave it out
    const told = query.handleCommandComplete.bind(query)
    query.handleCommandComplete = (message, connection) => {
      carriedOut.push(message.text)
      told(message, connection)
    }
    client.query(query)
  })
}

type Carried = pg.Query & { handleCommandComplete(message: { text: string }, connection: unknown): void }

function announcement(untold: readonly string[]): string {
  const payload = pg.escapeLiteral(untold.join(','))
  return `SELECT set_config('lock_timeout', '${lockMs}ms', true), pg_notify('${eventChannel}', ${payload})`
}
