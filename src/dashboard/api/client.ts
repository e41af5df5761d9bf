import { cacheExchange, Client, type CombinedError, fetchExchange, mapExchange } from '@urql/core'

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
    requestPolicy: 'cache-and-network',
    fetchOptions: {
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(environment === null ? {} : { 'x-syncline-environment': environment }),
      },
    },
    exchanges: [
      mapExchange({ onError: (error) => isUnauthenticated(error) && onUnauthenticated() }),
      cacheExchange,
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
