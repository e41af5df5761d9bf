import { setTimeout as pause } from 'node:timers/promises'
import type { Caller } from '../e2e/graphql-client.ts'

export interface WandererOptions<T> {
  /** Whom it asks next. */
  pick: () => Caller
  query: string
  variables: Record<string, unknown>
  /** Where it begins. */
  after: string | null
  /** What to resume from behind this. */
  cursorOf: (item: T) => string | null
  /** After so many it leaves, as a pulled cable does, and comes back elsewhere. */
  stay: () => number
}

const breaks = new Set([1001, 1005, 1006, 1013])

/** Follows a subscription through any number of sockets, most of which it cuts itself, each resumed from the last that it was given. */
export function wander<T>({ pick, query, variables, after, cursorOf, stay }: WandererOptions<T>) {
  const items: T[] = []
  const refusals: unknown[] = []
  let cursor = after
  let sockets = 0
  let stopped = false
  let leave = () => {}

  function visit(): Promise<boolean> {
    const { client, cut } = pick().openSocket()
    sockets += 1
    leave = cut
    let left = stay()
    return new Promise<boolean>((resolve) => {
      client.subscribe(
        { query, variables: { ...variables, after: cursor } },
        {
          next({ data, errors }) {
            if (errors) refusals.push(...errors)
            for (const item of Object.values(data ?? {}) as T[]) {
              items.push(item)
              cursor = cursorOf(item)
            }
            left -= 1
            if (left === 0) cut()
          },
          error(error) {
            if (!isBreak(error)) refusals.push(error)
            resolve(false)
          },
          complete: () => resolve(true),
        },
      )
    }).finally(() => client.dispose())
  }

  async function goOn(): Promise<boolean> {
    for (let completed = false; !stopped && refusals.length === 0; await pause(20)) {
      completed = await visit()
      if (completed) return true
    }
    return false
  }

  return {
    items,
    refusals,
    sockets: () => sockets,
    /** Whether the server said that nothing follows. */
    completed: goOn(),
    stop() {
      stopped = true
      leave()
    },
  }
}

/** A socket that was lost or never opened, or a server that cannot serve for the moment: a client comes back. */
function isBreak(error: unknown): boolean {
  if (Array.isArray(error)) return error.every(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE')
  if (typeof error !== 'object' || error === null || !('code' in error)) return true
  return typeof error.code !== 'number' || breaks.has(error.code)
}
