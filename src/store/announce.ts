import { setTimeout as pause } from 'node:timers/promises'
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
  /** Once all is announced; what could not be within a moment is left to the readers' polls. */
  close(): Promise<void>
}

const closeWithinMs = 3_000
const idsPerPayload = 200 // NOTIFY takes less than 8,000 bytes

/** At once, by one NOTIFY at a time: what comes while it is under way goes together in the next. Inside the page transactions it cut commits to a third. */
export function createAnnouncer(pool: pg.Pool, onError: (error: Error) => void): Announcer {
  const waiting = new Set<string>()
  let sending: Promise<void> | undefined

  async function sendAll() {
    while (waiting.size > 0) {
      const together = [...waiting].slice(0, idsPerPayload)
      for (const one of together) waiting.delete(one)
      const values = [eventChannel, together.join(',')]
      await pool.query({ name: 'announce', text: 'SELECT pg_notify($1, $2)', values }).catch(onError)
    }
    sending = undefined
  }

  function add(what: string) {
    waiting.add(what)
    sending ??= sendAll()
  }

  return {
    announce: add,
    credentialsEnded: () => add(credentialsMark),
    async close() {
      await Promise.race([sending, pause(closeWithinMs, undefined, { ref: false })])
      waiting.clear()
    },
  }
}
