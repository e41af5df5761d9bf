import { WebSocket } from 'ws'
import { createClient } from 'graphql-ws'
import { ownerKey } from '../graphql/api.ts'

export interface SeenEvent {
  sequence: string
  type: string
  entity: string | null
  message: string | null
}

/** What one subscription has received, and how it ended. */
export class Received {
  readonly events: SeenEvent[] = []
  readonly errors: { message: string; extensions: { code: string } }[] = []
  readonly ended: Promise<void>
  #end!: () => void
  #wake = () => {}

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  take(result: { data?: Record<string, SeenEvent> | null; errors?: Received['errors'] }) {
    const event = Object.values(result.data ?? {})[0]
    if (event) this.events.push(event)
    this.errors.push(...(result.errors ?? []))
    this.#wake()
  }

  end() {
    this.#end()
  }

  /** Resolves as soon as so many events are there. */
  async count(n: number): Promise<void> {
    while (this.events.length < n) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  get sequences() {
    return this.events.map((event) => Number(event.sequence))
  }
}

const fields = '{ sequence type entity message }'
export const runQuery = `subscription ($id: ID!, $after: BigInt) { syncProgress(syncRunId: $id, after: $after) ${fields} }`
export const connectionQuery = `subscription ($id: ID!, $after: BigInt) { connectionEvents(connectionId: $id, after: $after) ${fields} }`
export const environmentQuery = `subscription { environmentEvents ${fields} }`

export interface SubscribeOptions {
  /** Null: none is sent. */
  token?: string | null
  environment?: string
  /** Of the upgrade request, such as a browser adds. */
  headers?: Record<string, string>
}

/** A socket that does not retry, with what it received and the code it was closed with. */
export function openSocket(url: string, { token = ownerKey, environment, headers = {} }: SubscribeOptions = {}) {
  let socket: WebSocket | undefined
  let closed!: (event: { code: number; reason: string }) => void
  const close = new Promise<{ code: number; reason: string }>((resolve) => {
    closed = resolve
  })
  let acknowledge: () => void = () => {}
  const acknowledged = new Promise<void>((resolve) => {
    acknowledge = resolve
  })
  const client = createClient({
    url,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { headers })
      }
    },
    lazy: false,
    retryAttempts: 0,
    connectionParams: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(environment ? { environment } : {}),
    },
    onNonLazyError: () => {},
    on: {
      opened: (opened) => {
        socket = opened as WebSocket // the implementation given above
      },
      connected: () => acknowledge(),
      closed: (event) => closed(event as { code: number; reason: string }), // a CloseEvent, by the protocol
    },
  })
  return {
    close,
    /** Once the server has let it in. */
    acknowledged,
    get socket() {
      return socket
    },
    subscribe(query: string, variables: Record<string, unknown> = {}) {
      const received = new Received()
      const stop = client.subscribe(
        { query, variables },
        {
          next: (result) => received.take(result as Parameters<Received['take']>[0]), // our own server's shape
          error: (error) => {
            if (Array.isArray(error)) received.errors.push(...error)
            received.end()
          },
          complete: () => received.end(),
        },
      )
      return { received, stop }
    },
    dispose: () => client.dispose(),
  }
}

/** A subscription over SSE. */
export async function openStream(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  { token = ownerKey, headers = {} }: Pick<SubscribeOptions, 'token' | 'headers'> = {},
) {
  const abort = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    signal: abort.signal,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  const received = new Received()
  const names: string[] = []
  async function read() {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        const name = lines.find((line) => line.startsWith('event: '))?.slice(7)
        const data = lines.find((line) => line.startsWith('data: '))?.slice(6)
        if (name) names.push(name)
        if (data) received.take(JSON.parse(data))
      }
    }
  }
  read().then(
    () => received.end(),
    () => received.end(),
  )
  return { response, received, names, stop: () => abort.abort() }
}
