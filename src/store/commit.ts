import pg from 'pg'
import { eventChannel, takeUntold } from './announce.ts'

/**
 * Commits, and tells the API processes of it in the same message: they hear of it as soon as PostgreSQL has it, however busy this process is. The NOTIFY is a
 * transaction of its own, behind the COMMIT: inside, transactions that notify would flush one after the other. Rejects where it is not known to have committed;
 * that it has and could not be told goes to `onError`.
 */
export async function commit(client: pg.ClientBase, onError: (error: Error) => void): Promise<void> {
  const untold = takeUntold(client)
  if (untold.length === 0) {
    await client.query('COMMIT')
    return
  }
  const payload = pg.escapeLiteral(untold.join(','))
  await new Promise<void>((resolve, reject) => {
    let committed = false
    const query = new pg.Query(`COMMIT; SELECT pg_notify('${eventChannel}', ${payload})`)
    // of the SELECT, which is not begun before the COMMIT has succeeded
    query.on('row', () => {
      committed = true
    })
    query.on('end', () => resolve())
    query.on('error', (error) => {
      if (!committed) return reject(error)
      onError(error)
      resolve()
    })
    client.query(query)
  })
}
