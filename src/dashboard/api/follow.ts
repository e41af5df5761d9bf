import { stringifyDocument, type TypedDocumentNode } from '@urql/core'
import type { Client } from 'graphql-ws'
import type { EventFieldsFragment } from '../generated/documents.ts'

export type SyncEvent = EventFieldsFragment
/** refused: the credential may not follow it. */
export type StreamState = 'connecting' | 'live' | 'away' | 'refused'

export interface FollowOptions<V> {
  socket: Client
  document: TypedDocumentNode<Record<string, SyncEvent>, V>
  variables: V
  /** The last sequence that is known; null: live only, and what was missed is told by `onResumed`. */
  after: string | null
  /** In order, each once; those that came close together in one call. */
  onEvents: (events: SyncEvent[]) => void
  onState?: (state: StreamState) => void
  /** Live again after a break. With `after`, nothing was missed. */
  onResumed?: () => void
  /** The server has nothing more to tell. */
  onComplete?: () => void
  onUnauthenticated: () => void
  /** Repeating does not help. */
  onRefused?: (message: string) => void
}

const gatherMs = 80
const firstRetryMs = 500
const longestRetryMs = 10_000
/** graphql-transport-ws has no word for "subscribed": no refusal by then, and it is. */
const settledMs = 400

/** Follows a stream until it completes or is left, over any number of breaks: each time from the last sequence that was handled. */
export function follow<V extends Record<string, unknown>>({
  socket,
  document,
  variables,
  after,
  onEvents,
  onState = () => {},
  onResumed = () => {},
  onComplete = () => {},
  onUnauthenticated,
  onRefused = () => {},
}: FollowOptions<V>): () => void {
  const query = stringifyDocument(document)
  let last = after
  let left = false
  let breaks = 0
  let failures = 0
  let leave = () => {}
  let gathered: SyncEvent[] = []
  let gathering: ReturnType<typeof setTimeout> | undefined
  let settling: ReturnType<typeof setTimeout> | undefined
  let retrying: ReturnType<typeof setTimeout> | undefined

  function handle() {
    gathering = undefined
    if (gathered.length === 0) return
    const events = gathered
    gathered = []
    if (after !== null) last = events.at(-1)?.sequence ?? last
    onEvents(events)
  }

  function settle() {
    clearTimeout(settling)
    settling = undefined
    failures = 0
    onState('live')
    if (breaks > 0) onResumed()
  }

  function subscribe() {
    retrying = undefined
    if (left) return
    onState(breaks === 0 ? 'connecting' : 'away')
    settling = setTimeout(settle, settledMs)
    leave = socket.subscribe<Record<string, SyncEvent>>(
      { query, variables: last === null ? variables : { ...variables, after: last } },
      {
        next({ data, errors }) {
          if (errors && errors.length > 0) return refused(errors)
          if (settling !== undefined) settle()
          if (data) gathered.push(...Object.values(data))
          gathering ??= setTimeout(handle, gatherMs)
        },
        error: refused,
        complete() {
          clearTimeout(settling)
          if (left) return
          handle()
          onComplete()
        },
      },
    )
  }

  function refused(reason: unknown) {
    clearTimeout(settling)
    settling = undefined
    handle()
    if (left) return
    const { code, message } = readRefusal(reason)
    if (code === 'UNAUTHENTICATED') return onUnauthenticated()
    if (code === 'LOST') return retry()
    left = true
    onState('refused')
    onRefused(message)
  }

  function retry() {
    breaks += 1
    onState('away')
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** failures)
    failures += 1
    retrying = setTimeout(subscribe, wait / 2 + (Math.random() * wait) / 2)
  }

  /** Whoever looks again, or is online again, does not wait for the next try. */
  function hurry() {
    if (retrying === undefined || isHidden()) return
    clearTimeout(retrying)
    subscribe()
  }

  globalThis.addEventListener('online', hurry)
  globalThis.document.addEventListener('visibilitychange', hurry)
  subscribe()

  return () => {
    left = true
    globalThis.removeEventListener('online', hurry)
    globalThis.document.removeEventListener('visibilitychange', hurry)
    for (const timer of [gathering, settling, retrying]) clearTimeout(timer)
    leave()
  }
}

const isHidden = () => globalThis.document.visibilityState === 'hidden'

interface Refusal {
  code: string
  message: string
}

/** Errors of the answer, or the end of the socket. */
function readRefusal(reason: unknown): Refusal {
  if (Array.isArray(reason)) {
    const [first] = reason as { message: string; extensions?: { code?: string } }[] // as GraphQL has them
    const code = first?.extensions?.code ?? 'UNKNOWN'
    const again = code === 'SERVICE_UNAVAILABLE' || code === 'RATE_LIMITED'
    return { code: again ? 'LOST' : code, message: first?.message ?? 'The stream was refused.' }
  }
  if (reason instanceof CloseEvent && (reason.code === 4401 || reason.code === 4403))
    return { code: 'UNAUTHENTICATED', message: reason.reason }
  return { code: 'LOST', message: 'The stream was lost.' }
}
