import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { z } from 'zod'

/** The running API, called as the owner in environment production. */
export interface ApiClient {
  /** Asks, and checks the shape of what comes back. Throws with the API's own message. */
  ask<T>(query: string, variables: Record<string, unknown>, shape: z.ZodType<T>): Promise<T>
  /** A subscription's events until it completes or `signal` aborts. */
  follow<T>(
    query: string,
    variables: Record<string, unknown>,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): AsyncGenerator<T>
}

interface Answer {
  data?: unknown
  errors?: readonly { message: string }[]
}

export function createApiClient(url: string, key: string): ApiClient {
  const endpoint = new URL('/graphql', url)
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return {
    async ask(query, variables, shape) {
      const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      const answer = (await response.json()) as Answer // GraphQL over HTTP
      return dataOf(answer, shape)
    },
    async *follow(query, variables, shape, signal) {
      const client = createClient({
        url: endpoint.href.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: headers.authorization },
      })
      const stop = () => void client.dispose()
      signal.addEventListener('abort', stop)
      try {
        for await (const answer of client.iterate({ query, variables })) yield dataOf(answer as Answer, shape) // the same over WebSocket
      } finally {
        signal.removeEventListener('abort', stop)
        await client.dispose()
      }
    },
  }
}

function dataOf<T>({ data, errors }: Answer, shape: z.ZodType<T>): T {
  if (errors && errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '))
  return shape.parse(data)
}
