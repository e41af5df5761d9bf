import type pg from 'pg'

export const eventChannel = 'syncline_event'
/** Stands among the connections' ids of a payload. */
export const credentialsMark = 'credentials'

/** What is to be announced of a client's transaction. */
const untold = new WeakMap<pg.ClientBase, Set<string>>()

/** Has every API process told, when the transaction commits, that the connection has new events or changed records. Lost announcements cost a reader a second: it also polls. */
export function announceNews(client: pg.ClientBase, connectionId: string) {
  add(client, connectionId)
}

/** Has every API process told, when the transaction commits, that a credential has ended: whoever is served under one looks whether it was theirs. */
export function announceEndedCredentials(client: pg.ClientBase) {
  add(client, credentialsMark)
}

function add(client: pg.ClientBase, what: string) {
  const whats = untold.get(client) ?? new Set()
  untold.set(client, whats.add(what))
}

/** Answers it once. */
export function takeUntold(client: pg.ClientBase): string[] {
  const whats = untold.get(client) ?? []
  untold.delete(client)
  return [...whats]
}
