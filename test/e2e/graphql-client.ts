import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each test asserts the fields that it asked for
  data: any
  errors: { message: string; path?: (string | number)[]; extensions: { code: string } }[]
  headers: Headers
  /** The body as it came. */
  text: string
}

export type Caller = ReturnType<typeof callerOf>
type Variables = Record<string, unknown>

/** Someone who calls the API over HTTP and WebSocket with one credential. */
export function callerOf(apiUrl: string, credential: string, environment?: string) {
  const endpoint = `${apiUrl}/graphql`
  const authorization = `Bearer ${credential}`

  async function ask(query: string, variables: Variables = {}): Promise<Answer> {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization,
        ...(environment === undefined ? {} : { 'x-syncline-environment': environment }),
      },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    const { data = null, errors = [] } = JSON.parse(text) as Partial<Answer> // our own server's answer
    return { status: response.status, headers: response.headers, data, errors, text }
  }

  return {
    ask,

    /** The data of an answer that must have no errors. */
    async data(query: string, variables: Variables = {}): Promise<Answer['data']> {
      const { data, errors } = await ask(query, variables)
      if (errors.length > 0) throw new Error(`${errors.map(({ message }) => message).join('; ')}\n${query}`)
      return data
    },

    /** A mutation's result: its payload, or an error's type, message and path. */
    async mutate(name: string, input: Variables, selection: string): Promise<Answer['data']> {
      const type = name.charAt(0).toUpperCase() + name.slice(1)
      const { data, errors } = await ask(
        `mutation ($input: ${type}Input!) { ${name}(input: $input) {
          __typename ... on ${type}Payload ${selection} ... on Error { code message path } } }`,
        { input },
      )
      if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '))
      return data[name]
    },

    /** A socket of its own that does not retry. */
    openSocket() {
      let opened: WebSocket | undefined
      let tellClosed: (event: { code: number; reason: string }) => void
      const closed = new Promise<{ code: number; reason: string }>((resolve) => {
        tellClosed = resolve
      })
      const client = createClient({
        url: endpoint.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => {},
        connectionParams: { authorization, ...(environment === undefined ? {} : { environment }) },
        on: {
          opened: (socket) => {
            opened = socket as WebSocket // the implementation given above
          },
          closed: (event) => tellClosed(event as { code: number; reason: string }), // a CloseEvent, by the protocol
        },
      })
      return {
        client,
        closed,
        /** As a pulled cable does: nobody says goodbye. */
        cut: () => opened?.terminate(),
      }
    },

    openEventStream: (query: string, variables: Variables, signal: AbortSignal) =>
      fetch(endpoint, {
        method: 'POST',
        signal,
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
        body: JSON.stringify({ query, variables }),
      }),
  }
}
