import { Client, type CombinedError, fetchExchange, formatDocument, mapExchange } from '@urql/core'
import { noteServerTime } from './server-time.ts'

export interface ApiClientOptions {
  /** Null before one is chosen: the credential's own. */
  environment: string | null
  onUnauthenticated: () => void
  /** How long a question is waited for. */
  queryMs?: number
}

/** A change may have a source to ask, for 30 s, and a secret store, four times. */
const mutationMs = 90_000

/** Holds no credential: the browser sends the session's cookie, which no script can read. */
export function createApiClient({ environment, onUnauthenticated, queryMs = 30_000 }: ApiClientOptions): Client {
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: {
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(environment === null ? {} : { 'x-syncline-environment': environment }),
      },
    },
    // no cache: it would keep every page and every moment that was asked for, see answers.ts
    exchanges: [
      mapExchange({
        onOperation: ({ query, context, ...operation }) => ({
          ...operation,
          // each object says its type, as the generated documents promise
          query: formatDocument(query),
          context: { ...context, fetch: answeredWithin(operation.kind === 'mutation' ? mutationMs : queryMs) },
        }),
        onError: (error) => isUnauthenticated(error) && onUnauthenticated(),
      }),
      fetchExchange,
    ],
  })
}

/** What is not answered in time is lost: as it is where a proxy, or the computer's sleep, has swallowed the answer. */
const answeredWithin =
  (ms: number): typeof fetch =>
  async (input, init) => {
    const late = AbortSignal.timeout(ms)
    const answer = await fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, late]) : late })
    noteServerTime(answer.headers.get('date'))
    return answer
  }

export function isUnauthenticated(error: CombinedError): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED')
}

/** Whether the API could not be reached at all, or says that it will be back. */
export function isAway(error: CombinedError): boolean {
  return (
    error.networkError !== undefined ||
    error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'SERVICE_UNAVAILABLE')
  )
}

/** Whether it was waited for, and no answer came: what was asked for may be done all the same. */
export const isLate = ({ networkError }: CombinedError): boolean => networkError?.name === 'TimeoutError'
