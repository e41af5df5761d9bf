import type pg from 'pg'

export const eventChannel = 'syncline_event'

/** Tells every API process that connections have new events. Lost announcements cost a reader a second: it also polls. */
export interface Announcer {
  /** Call after the commit that wrote the events. */
  announce(connectionId: string): void
  close(): Promise<void>
}

const quietMs = 20
const idsPerPayload = 200 // NOTIFY takes less than 8,000 bytes

/** Coalesced to one NOTIFY in 20 ms a process: inside the page transactions it cut commits to a third. */
export function createAnnouncer(pool: pg.Pool, onError: (error: Error) => void): Announcer {
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> = Promise.resolve()

  async function send() {
    timer = undefined
    const ids = [...waiting]
    waiting.clear()
    for (let i = 0; i < ids.length; i += idsPerPayload) {
      await pool.query('SELECT pg_notify($1, $2)', [eventChannel, ids.slice(i, i + idsPerPayload).join(',')])
    }
  }

  function flush() {
    sending = sending.then(send).catch(onError)
    return sending
  }

  return {
    announce(connectionId) {
      waiting.add(connectionId)
      timer ??= setTimeout(() => void flush(), quietMs)
    },
    async close() {
      clearTimeout(timer)
      await flush()
    },
  }
}
