import type pg from 'pg'
import { listenForEvents } from '../store/event-listen.ts'
import { type Newest, newestOfWatched } from '../store/event-read.ts'
import type { Querier } from '../store/line.ts'
import { EventsInterrupted, HistoryTakenBack } from './errors.ts'
import type { Guard } from './guard.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { Readers } from './readers.ts'
import type { Audience, Tail } from './tail.ts'
import { createTails, type KeptTail } from './tails.ts'
import type { Wakeup, Watched } from './wakeup.ts'

/**
 * Wakes the readers of one API process, and reads what is new once for all of them: what it has read is in the tail of the connection before anybody
 * is woken. A wake-up too many costs a look into memory, a lost one a moment.
 */
export interface EventHub {
  /** Close it when done. It wakes also when the guard may no longer be let in. */
  wakeup(watched: Watched, guard: Guard): Wakeup
  /** The newest events of a connection. Hold a wake-up before asking: it is kept up to date for as long as somebody follows the connection. */
  tail(connectionId: string): Promise<Tail>
  /** Called whenever it is time to confirm credentials: when one has ended, and at every poll. Answers how to stop it. */
  onConfirm(confirm: () => void): () => void
  close(): Promise<void>
}

export interface HubOptions {
  url: string
  pool: pg.Pool
  /** The same on which credentials are confirmed: what is new is read on it, and the confirmation goes out behind it without waiting. */
  line: Querier
  onError: (error: Error) => void
  /** How long a reader may sleep without a signal. Below a second: within that time a stream notices that its credential is gone. */
  pollMs?: number
}

export const defaultPollMs = 800

/** All credentials are confirmed no more often: who signs in and out in a loop makes no stream wait. */
const confirmEveryMs = 100
/** How long the tail of a connection is kept of which only those who follow its environment hear. */
const idleTailMs = 60_000

/** Between two looks at all connections of the environments that are followed. */
const environmentsMs = 5_000

/** A poll looks for all readers, in one statement, whether something was written that nobody announced, and confirms their credentials. */
export function createEventHub({ url, pool, line, onError, pollMs = defaultPollMs }: HubOptions): EventHub {
  const readers = new Readers()
  const tails = createTails({ pool, line, confirm: (connectionId) => readers.confirmDirect(connectionId) })
  const confirming = new Set<() => void>()
  const known = new Map<string, bigint>()
  let knownEnvironments = new Set<string>()
  let environmentsAt = Number.NEGATIVE_INFINITY

  /** Something was committed there. `upTo`: its newest event, where that is known. */
  async function notice(connectionId: string, upTo: bigint | null = null) {
    readers.signal({ kind: 'changes', id: connectionId }, connectionId)
    try {
      if (!(await isFollowed(connectionId))) return
      const tail = await tails.advanced(connectionId, audienceOf(connectionId), upTo)
      if (!tail.takeNews()) return
      readers.tell(tail)
      readers.signal({ kind: 'environment', id: tail.environmentId }, connectionId)
    } catch (error) {
      report(error)
      // they look for themselves, and meet what is wrong
      readers.signal({ kind: 'connection', id: connectionId }, connectionId)
      for (const id of readers.ids('environment')) readers.signal({ kind: 'environment', id }, null)
    }
  }

  async function isFollowed(connectionId: string): Promise<boolean> {
    // an open tail must never be behind: the next who comes takes it as it is
    if (tails.isOpen(connectionId) || readers.follow('connection', connectionId)) return true
    return readers.follow('environment') && readers.follow('environment', await tails.environmentOf(connectionId))
  }

  function audienceOf(connectionId: string): Audience {
    return readers.follow('connection', connectionId) ? 'connection' : 'environment'
  }

  function isKept({ connectionId, environmentId, advancedAt }: KeptTail): boolean {
    if (readers.follow('connection', connectionId)) return true
    const ofEnvironment = environmentId !== null && readers.follow('environment', environmentId)
    return ofEnvironment && performance.now() - advancedAt < idleTailMs
  }

  let confirmedAt = Number.NEGATIVE_INFINITY
  let confirmingSoon: NodeJS.Timeout | undefined

  function confirmSoon() {
    confirmingSoon ??= setTimeout(confirmAll, Math.max(confirmedAt + confirmEveryMs - performance.now(), 0))
  }

  function confirmAll() {
    clearTimeout(confirmingSoon)
    confirmingSoon = undefined
    confirmedAt = performance.now()
    readers.confirm()
    for (const confirm of confirming) confirm()
  }

  async function poll() {
    // confirmed in any case, also while an answer is long in coming
    confirmAll()
    await look()
    tails.prune(isKept)
  }

  const look = oneAtATime(() => lookAtAll().catch(report))

  async function lookAtAll() {
    const connections = readers.ids('connection', 'changes')
    const all = areEnvironmentsDue()
    const environments = all ? readers.ids('environment') : []
    if (connections.length + environments.length === 0) return
    // noted before the question: whatever had been read by then is known to PostgreSQL, unless it was set back
    const heads = tails.heads()
    const newest = await newestOfWatched(pool, connections, environments)
    for (const one of newest) {
      const { connectionId, sequence } = one
      const head = heads.get(connectionId) ?? sequence
      const seen = known.get(connectionId) ?? sequence
      if (head > sequence || seen > sequence) takeBack(one)
      else if (head < sequence || hasMoved(one)) void notice(connectionId, sequence)
    }
    // nobody knows what has moved in one that was not watched at the last look: its readers ask, in one statement each
    for (const id of environments) {
      if (!knownEnvironments.has(id)) readers.signal({ kind: 'environment', id }, null)
    }
    if (all) known.clear()
    for (const { connectionId, sequence } of newest) known.set(connectionId, sequence)
    if (all) knownEnvironments = new Set(environments)
  }

  /** What was told is not so any more: who has heard it begins anew. */
  function takeBack({ connectionId: id, environmentId }: Newest) {
    tails.drop(id)
    for (const kind of ['connection', 'changes'] as const) readers.fail({ kind, id }, new HistoryTakenBack())
    // these have no cursor that would be wrong
    const message = 'The database has been set back to an earlier moment. Read the current state, then subscribe again.'
    readers.fail({ kind: 'environment', id: environmentId }, new EventsInterrupted(message))
  }

  /** An environment is thousands of rows: while announcements come, it is looked at less often whether one was lost. */
  function areEnvironmentsDue(): boolean {
    const now = performance.now()
    if (listener.isListening() && now - environmentsAt < environmentsMs) return !readers.follow('environment')
    environmentsAt = now
    return true
  }

  function hasMoved({ connectionId, environmentId, sequence }: Newest): boolean {
    if (known.get(connectionId) === sequence) return false
    const itself = readers.follow('connection', connectionId) || readers.follow('changes', connectionId)
    return itself || knownEnvironments.has(environmentId)
  }

  /** What was announced meanwhile is not known: a look says what has moved. Records may have changed without an event. */
  function noticeAll() {
    environmentsAt = Number.NEGATIVE_INFINITY
    tails.prune(isKept)
    for (const id of readers.ids('changes')) readers.signal({ kind: 'changes', id }, id)
    void look()
  }

  function report(error: unknown) {
    onError(error instanceof Error ? error : new Error(String(error)))
  }

  const listener = listenForEvents({
    url,
    onConnections: (connectionIds) => connectionIds.forEach((id) => void notice(id)),
    onCredentials: confirmSoon,
    onGap: noticeAll,
    onError,
  })
  const timer = setInterval(() => void poll(), pollMs)
  return {
    wakeup(watched, guard) {
      // the next poll sees to the others: a walk through all of them for each who leaves takes long when all leave
      const onLast = () => watched.kind === 'connection' && tails.prune(isKept, [watched.id])
      return readers.add(watched, guard, onLast)
    },
    tail: (connectionId) => tails.of(connectionId, audienceOf(connectionId)),
    onConfirm(confirm) {
      confirming.add(confirm)
      return () => confirming.delete(confirm)
    },
    async close() {
      clearInterval(timer)
      clearTimeout(confirmingSoon)
      readers.close()
      // what a look that is under way finds is read for nobody
      tails.prune(() => false)
      await listener.close()
    },
  }
}
