import { type AnyVariables, type CombinedError, getOperationName, type TypedDocumentNode } from '@urql/core'
import type { DocumentNode } from 'graphql'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { recall, remember } from './answers.ts'
import { onChanged } from './changed.ts'
import type { SyncEvent } from './follow.ts'
import { useEvents } from './live.tsx'
import { useOutOfDate } from './out-of-date.tsx'
import { Repeated } from './repeated.ts'
import { serverNow } from './server-time.ts'

export interface LiveQuery<D> {
  /** The newest that was read, also when reading it again has failed. */
  data: D | undefined
  /** When it was asked for, as performance.now() tells it. */
  askedAt: number
  error: CombinedError | undefined
  /** Nothing to show yet. */
  loading: boolean
  /** What is shown is of other variables, and is being replaced. */
  outdated: boolean
  refresh: () => void
}

export interface LiveQueryOptions<D, V extends AnyVariables> {
  query: TypedDocumentNode<D, V>
  /** What depends on the moment, by the server's clock, is made anew for each asking: it stays the same question. */
  variables: V | ((now: number) => V)
  /** Whether an event changes this answer. 'seldom': it may, and need not be seen at once. Absent: none does. */
  changes?: (event: SyncEvent, answer: D) => boolean | 'seldom'
  pause?: boolean
  /** The least time from an answer to the next question. */
  everyMs?: number
  /** After so long it is asked again, whatever is told. */
  idleMs?: number
}

const seldomMs = 10_000

interface Answer<D> {
  question: string
  data: D | undefined
  askedAt: number
  error: CombinedError | undefined
}

/** A query that is asked again when something happens to what it shows, without the page losing what it shows. */
export function useLiveQuery<D, V extends AnyVariables>({
  query,
  variables,
  changes,
  pause = false,
  everyMs = 1_200,
  idleMs = 60_000,
}: LiveQueryOptions<D, V>): LiveQuery<D> {
  const client = useClient()
  // no variables are a function, as they are sent as JSON
  const variablesAt = (now: number): V => (typeof variables === 'function' ? variables(now) : variables)
  const question = questionOf(query, variablesAt(0))
  const [answer, setAnswer] = useState<Answer<D> | null>(null)
  const repeated = useRef<Repeated | null>(null)
  const newest = useRef(variablesAt)
  useEffect(() => {
    newest.current = variablesAt
  })

  useEffect(() => {
    if (pause) return undefined
    const repeating = new Repeated({
      everyMs,
      idleMs,
      ask(answered) {
        const askedAt = performance.now()
        const asked = client.query(query, newest.current(serverNow()), { requestPolicy: 'network-only' })
        const { unsubscribe } = asked.subscribe(({ data, error, stale }) => {
          if (stale) return
          unsubscribe()
          if (data != null) remember(client, question, { data, askedAt })
          setAnswer((before) => {
            const kept = before?.question === question ? before : null
            if (data != null) return { question, data, askedAt, error }
            return { question, data: kept?.data, askedAt: kept?.askedAt ?? askedAt, error }
          })
          answered(error === undefined)
        })
        return unsubscribe
      },
    })
    repeated.current = repeating
    const unlisten = onChanged(() => repeating.soon())
    return () => {
      unlisten()
      repeating.stop()
      repeated.current = null
    }
  }, [client, query, question, pause, everyMs, idleMs])

  const refresh = useCallback(() => repeated.current?.now(), [])

  const current = answer?.question === question ? answer : null
  const known = current?.data === undefined ? recall<D>(client, question) : current
  const before = current?.error ? null : answer
  const shown = known ?? before
  const data = shown?.data
  useEvents(
    (events) => {
      if (!changes) return
      const effects = new Set(events.map((event) => (data === undefined ? true : changes(event, data))))
      if (effects.has(true)) repeated.current?.soon()
      else if (effects.has('seldom')) repeated.current?.soon(seldomMs)
    },
    () => repeated.current?.reached(),
  )
  const error = current?.error
  useOutOfDate(data === undefined ? undefined : error, refresh)
  return {
    data,
    askedAt: shown?.askedAt ?? 0,
    error,
    loading: data === undefined && !error,
    outdated: known === null && data !== undefined,
    refresh,
  }
}

/** No two documents have one name: it is that of their type. */
const questionOf = (query: DocumentNode, variables: AnyVariables) =>
  `${getOperationName(query) ?? ''} ${JSON.stringify(variables)}`
