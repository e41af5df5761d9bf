import { stringifyDocument, type TypedDocumentNode } from '@urql/core'
import type { EventFieldsFragment } from '../generated/documents.ts'
import type { Socket } from './socket.ts'

export type SyncEvent = EventFieldsFragment
/** refused: the credential may not follow it. */
export type StreamState = 'connecting' | 'live' | 'away' | 'refused'

export interface FollowOptions {
  socket: Socket
  document: TypedDocumentNode<Record<string, SyncEvent>, Record<string, never>>
  /** In order, each once; those that came close together in one call. */
  onEvents: (events: SyncEvent[]) => void
  onState: (state: StreamState) => void
  /** Live, for the first time or again: what was read before may be older than the first event that is told. */
  onLive: () => void
  onUnauthenticated: () => void
}

const gatherMs = 80
const firstRetryMs = 500
const longestRetryMs = 10_000
/** A stream that breaks sooner has not been better than none: the next try waits longer. */
const steadyMs = 10_000

/** Follows a stream until it is left, over any number of breaks. */
export function follow({ socket, document, onEvents, onState, onLive, onUnauthenticated }: FollowOptions): () => void {
  const query = stringifyDocument(document)
  let left = false
  let failures = 0
  let liveSince: number | null = null
  let leave = () => {}
  let gathered: SyncEvent[] = []
  let gathering: ReturnType<typeof setTimeout> | undefined
  let retrying: ReturnType<typeof setTimeout> | undefined

  function handle() {
    gathering = undefined
    if (gathered.length === 0) return
    const events = gathered
    gathered = []
    onEvents(events)
  }

  function subscribe() {
    retrying = undefined
    leave = socket.subscribe<Record<string, SyncEvent>>(
      { query },
      {
        stands() {
          liveSince = performance.now()
          onState('live')
          onLive()
        },
        next({ data, errors }) {
          if (errors && errors.length > 0) return lost(errors)
          if (data) gathered.push(...Object.values(data))
          gathering ??= setTimeout(handle, gatherMs)
        },
        error: lost,
        // it has no end of its own: the server stops
        complete: () => lost(null),
      },
    )
  }

  function lost(reason: unknown) {
    handle()
    if (left || retrying !== undefined) return
    const code = readReason(reason)
    if (code === 'UNAUTHENTICATED') return onUnauthenticated()
    if (code !== 'FORBIDDEN') return retry()
    left = true
    onState('refused')
  }

  function retry() {
    leave()
    onState('away')
    if (liveSince !== null && performance.now() - liveSince > steadyMs) failures = 0
    liveSince = null
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** failures)
    failures += 1
    retrying = setTimeout(subscribe, wait / 2 + (Math.random() * wait) / 2)
  }

  /** Whoever looks again, or is online again, does not wait for the next try. */
  function hurry() {
    if (retrying === undefined || globalThis.document.visibilityState === 'hidden') return
    clearTimeout(retrying)
    subscribe()
  }

  globalThis.addEventListener('online', hurry)
  globalThis.document.addEventListener('visibilitychange', hurry)
  onState('connecting')
  subscribe()

  return () => {
    left = true
    globalThis.removeEventListener('online', hurry)
    globalThis.document.removeEventListener('visibilitychange', hurry)
    for (const timer of [gathering, retrying]) clearTimeout(timer)
    leave()
  }
}

/** Of the errors of an answer, or of the end of the socket. */
function readReason(reason: unknown): string | undefined {
  if (Array.isArray(reason)) {
    const [first] = reason as { extensions?: { code?: string } }[] // as GraphQL has them
    return first?.extensions?.code
  }
  return reason instanceof CloseEvent && (reason.code === 4401 || reason.code === 4403) ? 'UNAUTHENTICATED' : undefined
}
