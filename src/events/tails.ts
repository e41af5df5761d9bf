import type pg from 'pg'
import { environmentOfConnection } from '../store/event-read.ts'
import { Tail } from './tail.ts'

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
  of(connectionId: string): Promise<Tail>
  /** With everything that was committed before the call. Where that fails the tail is gone, and whoever asks next opens another. */
  advanced(connectionId: string): Promise<Tail>
  isOpen(connectionId: string): boolean
  /** Closes those that are not worth keeping, also while they open. */
  prune(isKept: (tail: KeptTail) => boolean): void
  environmentOf(connectionId: string): Promise<string>
}

export function createTails(pool: pg.Pool): Tails {
  const opened = new Map<string, Promise<Tail>>()
  const tails = new Map<string, Tail>()
  // of every connection that was heard of: it never changes
  const environments = new Map<string, string>()

  function open(connectionId: string): Promise<Tail> {
    const opening = environmentOf(connectionId).then((id) => Tail.open(pool, connectionId, id))
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
    if (opened.get(connectionId) !== tail) return
    opened.delete(connectionId)
    tails.delete(connectionId)
  }

  async function environmentOf(connectionId: string): Promise<string> {
    const environmentId = environments.get(connectionId) ?? (await environmentOfConnection(pool, connectionId))
    environments.set(connectionId, environmentId)
    return environmentId
  }

  return {
    of: (connectionId) => opened.get(connectionId) ?? open(connectionId),

    async advanced(connectionId) {
      const known = opened.get(connectionId)
      if (!known) return open(connectionId)
      try {
        const tail = await known
        await tail.advance()
        return tail
      } catch (error) {
        close(connectionId, known)
        throw error
      }
    },

    isOpen: (connectionId) => opened.has(connectionId),

    prune(isKept) {
      for (const connectionId of opened.keys()) {
        const environmentId = environments.get(connectionId) ?? null
        const { advancedAt = performance.now() } = tails.get(connectionId) ?? {}
        if (isKept({ connectionId, environmentId, advancedAt })) continue
        tails.delete(connectionId)
        opened.delete(connectionId)
      }
    },

    environmentOf,
  }
}
