import type pg from 'pg'

export const eventChannel = 'syncline_event'
/** Stands among the connections' ids of a payload. */
export const credentialsMark = 'credentials'

/** Tells every API process that connections have new events or changed records. Lost announcements cost a reader a second: it also polls. */
export interface Announcer {
  /** Call after the commit that wrote them. */
  announce(connectionId: string): void
  /** Call after a commit by which a credential ended: whoever is served under one looks whether it was theirs. */
  credentialsEnded(): void
  close(): Promise<void>
}

const quietMs = 20
const idsPerPayload = 200 // NOTIFY takes less than 8,000 bytes

/** At once, but no more than one NOTIFY in 20 ms a process: inside the page transactions it cut commits to a third. */
export function createAnnouncer(pool: pg.Pool, onError: (error: Error) => void): Announcer {
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> = Promise.resolve()
  let sentAt = Number.NEGATIVE_INFINITY

  async function send() {
    timer = undefined
    sentAt = performance.now()
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

  function add(what: string) {
    waiting.add(what)
    timer ??= setTimeout(() => void flush(), Math.max(sentAt + quietMs - performance.now(), 0))
  }

  return {
    announce: add,
    credentialsEnded: () => add(credentialsMark),
    async close() {
      clearTimeout(timer)
      await flush()
    },
  }
}
