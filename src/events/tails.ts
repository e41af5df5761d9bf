import { environmentOfConnection } from '../store/event-read.ts'
import { type Audience, Tail, type TailSource } from './tail.ts'

export interface KeptTail {
  connectionId: string
  /** Null: not known yet. */
  environmentId: string | null
  /** When it last had to look. */
  advancedAt: number
}

/** The tails of the connections that somebody in this process follows. */
export interface Tails {
  /** As it stands; opened where nobody has yet. */
  of(connectionId: string, audience: Audience): Promise<Tail>
  /** With everything that was committed before the call, as Tail.advance. Where that fails the tail is gone, and whoever asks next opens another. */
  advanced(connectionId: string, audience: Audience, upTo?: bigint | null): Promise<Tail>
  isOpen(connectionId: string): boolean
  /** How far each has been read. */
  heads(): ReadonlyMap<string, bigint>
  /** What it holds is not so any more. */
  drop(connectionId: string): void
  /** Closes those that are not worth keeping, also while they open; of all, or of those named. Bounds what the others keep together. */
  prune(isKept: (tail: KeptTail) => boolean, connectionIds?: Iterable<string>): void
  environmentOf(connectionId: string): Promise<string>
}

/** Of connections whose environment is remembered: it never changes. */
const environmentsRemembered = 10_000

/** Events kept of all connections together, about a kilobyte each. */
const keptEvents = 50_000

export function createTails(source: TailSource, mostEvents = keptEvents): Tails {
  const opened = new Map<string, Promise<Tail>>()
  const tails = new Map<string, Tail>()
  // of the connections that were heard of last
  const environments = new Map<string, string>()

  function open(connectionId: string, audience: Audience): Promise<Tail> {
    const opening = environmentOf(connectionId).then((id) => Tail.open(source, connectionId, id, audience))
    opened.set(connectionId, opening)
    opening.then(
      (tail) => {
        if (opened.get(connectionId) === opening) tails.set(connectionId, tail)
      },
      () => close(connectionId, opening), // whoever asked is told
    )
    return opening
  }

  function close(connectionId: string, tail: Promise<Tail>) {
    if (opened.get(connectionId) === tail) forget(connectionId)
  }

  function forget(connectionId: string) {
    opened.delete(connectionId)
    tails.delete(connectionId)
  }

  async function environmentOf(connectionId: string): Promise<string> {
    const environmentId = environments.get(connectionId) ?? (await environmentOfConnection(source.pool, connectionId))
    environments.delete(connectionId)
    if (environments.size >= environmentsRemembered) environments.delete(environments.keys().next().value ?? '')
    environments.set(connectionId, environmentId)
    return environmentId
  }

  return {
    of: (connectionId, audience) => opened.get(connectionId) ?? open(connectionId, audience),

    async advanced(connectionId, audience, upTo) {
      const known = opened.get(connectionId)
      if (!known) return open(connectionId, audience)
      try {
        const tail = await known
        await tail.advance(audience, upTo)
        return tail
      } catch (error) {
        close(connectionId, known)
        throw error
      }
    },

    isOpen: (connectionId) => opened.has(connectionId),
    heads: () => new Map([...tails].map(([connectionId, { head }]) => [connectionId, head])),
    drop: forget,

    prune(isKept, connectionIds) {
      for (const connectionId of connectionIds ?? opened.keys()) {
        const { environmentId = environments.get(connectionId) ?? null, advancedAt = performance.now() } =
          tails.get(connectionId) ?? {}
        if (!isKept({ connectionId, environmentId, advancedAt })) forget(connectionId)
      }
      if (!connectionIds) forgetBeyond()
    },

    environmentOf,
  }

  /** Those in which nothing has happened for longest are forgotten first. */
  function forgetBeyond() {
    const all = [...tails.values()]
    let excess = all.reduce((sum, { size }) => sum + size, 0) - mostEvents
    if (excess <= 0) return
    for (const tail of all.sort((a, b) => a.advancedAt - b.advancedAt)) {
      excess -= tail.size
      tail.forget()
      if (excess <= 0) return
    }
  }
}
