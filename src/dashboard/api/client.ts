import { Client, type CombinedError, fetchExchange, formatDocument, mapExchange } from '@urql/core'
import { noteServerTime } from './server-time.ts'

export interface ApiClientOptions {
  /** Null before one is chosen: the credential's own. */
  environment: string | null
  onUnauthenticated: () => void
}

/** Holds no credential: the browser sends the session's cookie, which no script can read. */
export function createApiClient({ environment, onUnauthenticated }: ApiClientOptions): Client {
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    async fetch(...request) {
      const answer = await fetch(...request)
      noteServerTime(answer.headers.get('date'))
      return answer
    },
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
        // each object says its type, as the generated documents promise
        onOperation: (operation) => ({ ...operation, query: formatDocument(operation.query) }),
        onError: (error) => isUnauthenticated(error) && onUnauthenticated(),
      }),
      fetchExchange,
    ],
  })
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
