import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { TestApi } from '../api.ts'
import type { MatrixCaller } from './callers.ts'
import type { Outcome } from './row.ts'

interface Message {
  data?: Record<string, unknown> | null
  errors?: { extensions: { code: string } }[]
}

/** The first message that came back. */
export interface Reply {
  outcome: Outcome
  text: string
}

const typeOf: Readonly<Record<string, string>> = { unique: 'String!', number: 'Int!' }

/** The operation with its variables declared. */
export function operation(ask: string): string {
  const names = [...new Set([...ask.matchAll(/\$(\w+)/g)].map(([, name = '']) => name))]
  if (names.length === 0) return ask
  const declared = `(${names.map((name) => `$${name}: ${typeOf[name] ?? 'ID!'}`).join(', ')})`
  const [, kind = 'query', rest] = /^(\w*)\s*(\{.*)$/s.exec(ask) ?? []
  return `${kind || 'query'} ${declared} ${rest}`
}

export async function overHttp(
  api: TestApi,
  { token, environment }: MatrixCaller,
  query: string,
  variables: Record<string, unknown>,
): Promise<Reply> {
  const abort = new AbortController()
  const streams = query.startsWith('subscription')
  const response = await fetch(api.url, {
    method: 'POST',
    signal: abort.signal,
    headers: {
      'content-type': 'application/json',
      accept: streams ? 'text/event-stream' : 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(environment ? { 'x-syncline-environment': environment } : {}),
    },
    body: JSON.stringify({ query, variables }),
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  const text = isStream ? await firstEvent(response) : await response.text()
  abort.abort()
  return { outcome: outcomeOf(JSON.parse(text) as Message), text } // our own server's answer
}

async function firstEvent({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const data = /^data: (.+)\n\n/m.exec(text)?.[1]
    if (data) return data
  }
  throw new Error(`The stream ended before its first message: ${text}`)
}

/** As over HTTP: a socket that is closed because of its credential counts as UNAUTHENTICATED. */
export async function overWebSocket(
  api: TestApi,
  { token, environment }: MatrixCaller,
  query: string,
  variables: Record<string, unknown>,
): Promise<Reply> {
  const client = createClient({
    url: api.webSocketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), environment },
  })
  const message = await new Promise<Message>((resolve) => {
    client.subscribe<Message['data']>(
      { query, variables },
      {
        next: (result) => resolve(result as unknown as Message), // our own server's answer
        error: (error) => resolve({ errors: Array.isArray(error) ? error : [{ extensions: { code: closed(error) } }] }),
        complete() {},
      },
    )
  })
  await client.dispose()
  return { outcome: outcomeOf(message), text: JSON.stringify(message) }
}

function closed(event: unknown): string {
  const { code } = event as { code?: number } // a CloseEvent, by the protocol
  return code === 4401 || code === 4403 ? 'UNAUTHENTICATED' : `closed with ${code}`
}

/** Each code once: were there two, they match nothing that is expected. */
export function outcomeOf({ data, errors = [] }: Message): Outcome {
  if (errors.length > 0) return [...new Set(errors.map(({ extensions }) => extensions.code))].join() as Outcome // compared with those that there are
  const it = find(data)
  if (it === undefined || it === null) return 'NULL'
  const { code } = it as { code?: Outcome }
  return code ?? 'DONE'
}

/** What the alias `it` stands for, wherever it is; one that is not null before one that is. */
function find(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if ('it' in value) return value.it
  return Object.values(value)
    .map(find)
    .toSorted((a, b) => Number(a === null) - Number(b === null))[0]
}
