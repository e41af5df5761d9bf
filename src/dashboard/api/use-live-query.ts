import { type AnyVariables, type CombinedError, getOperationName, type TypedDocumentNode } from '@urql/core'
import type { DocumentNode } from 'graphql'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { recall, remember } from './answers.ts'
import { onChanged } from './changed.ts'
import type { SyncEvent } from './follow.ts'
import { useEvents } from './live.tsx'
import { Repeated } from './repeated.ts'

export interface LiveQuery<D> {
  /** The newest that was read, also when reading it again has failed. */
  data: D | undefined
  error: CombinedError | undefined
  /** Nothing to show yet. */
  loading: boolean
  /** What is shown is of other variables, and is being replaced. */
  outdated: boolean
  refresh: () => void
}

export interface LiveQueryOptions<D, V extends AnyVariables> {
  query: TypedDocumentNode<D, V>
  variables: V
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
  const given = JSON.stringify(variables)
  const [answer, setAnswer] = useState<Answer<D> | null>(null)
  const repeated = useRef<Repeated | null>(null)

  useEffect(() => {
    if (pause) return undefined
    const question = questionOf(query, given)
    const repeating = new Repeated({
      everyMs,
      idleMs,
      ask(answered) {
        const asked = client.query(query, JSON.parse(given) as V, { requestPolicy: 'network-only' }) // given as JSON above
        const { unsubscribe } = asked.subscribe(({ data, error, stale }) => {
          if (stale) return
          unsubscribe()
          if (data != null) remember(client, question, data)
          setAnswer((before) => ({
            question,
            data: data ?? (before?.question === question ? before.data : undefined),
            error,
          }))
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
  }, [client, query, given, pause, everyMs, idleMs])

  const refresh = useCallback(() => repeated.current?.now(), [])

  const question = questionOf(query, given)
  const current = answer?.question === question ? answer : null
  const known = current?.data ?? (recall(client, question) as D | undefined) // remembered under its question
  const shown = known ?? (current?.error ? undefined : answer?.data)
  useEvents(
    (events) => {
      if (!changes) return
      const effects = new Set(events.map((event) => (shown === undefined ? true : changes(event, shown))))
      if (effects.has(true)) repeated.current?.soon()
      else if (effects.has('seldom')) repeated.current?.soon(seldomMs)
    },
    () => repeated.current?.soon(),
  )
  return {
    data: shown,
    error: current?.error,
    loading: shown === undefined && !current?.error,
    outdated: known === undefined && shown !== undefined,
    refresh,
  }
}

/** No two documents have one name: it is that of their type. */
const questionOf = (query: DocumentNode, variables: string) => `${getOperationName(query) ?? ''} ${variables}`
