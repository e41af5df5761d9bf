import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core'
import { useCallback, useState } from 'react'
import { useClient } from 'urql'
import { tellChanged } from './changed.ts'
import { isLate } from './client.ts'
import { describeError } from './describe-error.ts'

/** Why a mutation did nothing, as its caller can act on it. */
export interface Failure {
  code: string
  message: string
  /** Below `input`; null where it concerns no one field. */
  path: readonly string[] | null
}

type Result = { __typename: string }
type PayloadOf<R extends Result> = Extract<R, { __typename: `${string}Payload` }>

export type Outcome<R extends Result> = { payload: PayloadOf<R>; failure: null } | { payload: null; failure: Failure }

/** A mutation with one field, whose result is a payload or an error type. */
export function useOperation<R extends Result, V extends AnyVariables>(
  document: TypedDocumentNode<Record<string, R>, V>,
) {
  const client = useClient()
  const [running, setRunning] = useState(false)
  const run = useCallback(
    async (variables: V): Promise<Outcome<R>> => {
      setRunning(true)
      try {
        const { data, error } = await client.mutation(document, variables).toPromise()
        const result = data ? Object.values(data)[0] : undefined
        if (result?.__typename.endsWith('Payload')) {
          tellChanged()
          return { payload: result as PayloadOf<R>, failure: null } // named so
        }
        if (result) return { payload: null, failure: result as unknown as Failure } // every other member is an Error
        const message = error ? whyNot(error) : 'The API answered with nothing. Try again.'
        return { payload: null, failure: { code: 'REQUEST_FAILED', message, path: null } }
      } finally {
        setRunning(false)
      }
    },
    [client, document],
  )
  return { run, running }
}

const whyNot = (error: CombinedError) =>
  isLate(error)
    ? `${describeError(error)} It may have been done all the same: look before you ask for it again.`
    : describeError(error)
