import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Caller } from './graphql-client.ts'

export interface Counts {
  fetched: number
  created: number
  updated: number
  unchanged: number
  deleted: number
  rejected: number
}

export interface SyncEvent {
  sequence: string
  type: string
  syncRunId: string | null
  entity: string | null
  status: string | null
  counts: Counts | null
}

const fields = '{ sequence type syncRunId entity status counts { fetched created updated unchanged deleted rejected } }'

const queries = {
  syncProgress: `subscription ($id: ID!, $after: BigInt) { syncProgress(syncRunId: $id, after: $after) ${fields} }`,
  connectionEvents: `subscription ($id: ID!, $after: BigInt) { connectionEvents(connectionId: $id, after: $after) ${fields} }`,
}

export type StreamName = keyof typeof queries

interface Message {
  data?: Record<string, SyncEvent> | null
  errors?: { message: string; extensions: { code: string } }[]
}

/** What one subscription has delivered, and how it ended. */
export class Followed {
  readonly events: SyncEvent[] = []
  readonly errors: NonNullable<Message['errors']> = []
  /** Whether the server said that nothing follows; resolves when the subscription has ended in whatever way. */
  readonly completed: Promise<boolean>
  #end!: (completed: boolean) => void
  #ended = false
  /** Told of every message, as it comes. */
  onMessage: ((message: Message) => void) | undefined
  readonly #waiting = new Set<() => void>()

  constructor() {
    this.completed = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  take(message: Message) {
    const { data, errors = [] } = message
    const event = Object.values(data ?? {})[0]
    if (event) this.events.push(event)
    this.errors.push(...errors)
    this.onMessage?.(message)
    this.#wake()
  }

  end(completed: boolean) {
    this.#ended = true
    this.#end(completed)
    this.#wake()
  }

  /** The first event, of those that came and those that will, of which this is true. */
  async until(matches: (event: SyncEvent) => boolean): Promise<SyncEvent> {
    for (let looked = 0; ; ) {
      for (; looked < this.events.length; looked++) {
        const event = this.events[looked]
        if (event && matches(event)) return event
      }
      if (this.#ended) throw new Error(`the stream has ended before that: ${JSON.stringify(this.errors)}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  get sequences() {
    return this.events.map((event) => Number(event.sequence))
  }

  get last(): string | null {
    return this.events.at(-1)?.sequence ?? null
  }

  #wake() {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Subscribes on a socket of its own. */
export function follow(caller: Caller, stream: StreamName, id: string, after: string | null = null) {
  const { client, closed, cut } = caller.openSocket()
  const followed = new Followed()
  client.subscribe(
    { query: queries[stream], variables: { id, after } },
    {
      next: (message) => followed.take(message as Message), // our own server's shape
      error(error) {
        if (Array.isArray(error)) followed.take({ errors: error as NonNullable<Message['errors']> })
        followed.end(false)
      },
      complete: () => followed.end(true),
    },
  )
  return Object.assign(followed, { closed, cut, stop: () => client.dispose() })
}

/** Subscribes from the start, and again behind the last event whenever the socket is lost, as a patient client does. */
export function followThrough(caller: Caller, stream: StreamName, id: string) {
  const all = new Followed()
  let sockets = 0
  let stopped = false
  let current: ReturnType<typeof follow>
  async function goOn() {
    for (let completed = false; !completed && !stopped && all.errors.length === 0; ) {
      current = follow(caller, stream, id, all.last ?? '0')
      sockets++
      current.onMessage = (message) => all.take(message)
      completed = await current.completed
      await current.stop()
      if (completed) all.end(true)
      else await pause(100)
    }
    all.end(false)
  }
  void goOn()
  return Object.assign(all, {
    /** How many it has opened, or tried to. */
    sockets: () => sockets,
    async stop() {
      stopped = true
      await current.stop()
    },
  })
}

/** The same over server-sent events. */
export async function followOverSse(caller: Caller, stream: StreamName, id: string, after: string | null = null) {
  const abort = new AbortController()
  const response = await caller.openEventStream(queries[stream], { id, after }, abort.signal)
  const followed = new Followed()
  let completed = false
  async function read() {
    let text = ''
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        if (lines.includes('event: complete')) completed = true
        const data = lines.find((line) => line.startsWith('data: '))?.slice('data: '.length)
        if (data && lines.includes('event: next')) followed.take(JSON.parse(data))
      }
    }
  }
  void read()
    .catch(() => {})
    .then(() => followed.end(completed))
  return Object.assign(followed, { response, stop: () => abort.abort() })
}

/** Each above the one before. */
export function expectAscending(sequences: readonly number[]) {
  expect(sequences.filter((sequence, i) => i > 0 && sequence <= (sequences[i - 1] ?? 0))).toEqual([])
}

/** The running totals of every entity of every run only grow. */
export function expectTotalsNeverBackwards(events: readonly SyncEvent[]) {
  const totals = new Map<string, Counts>()
  for (const { syncRunId, entity, counts, sequence } of events) {
    if (!counts) continue
    const key = `${syncRunId} ${entity}`
    const before = totals.get(key)
    for (const name of before ? (Object.keys(counts) as (keyof Counts)[]) : []) {
      const grown = counts[name] >= (before?.[name] ?? 0)
      expect(grown, `${name} of ${entity} at ${sequence}: ${before?.[name]}, then ${counts[name]}`).toBe(true)
    }
    totals.set(key, counts)
  }
}
