import { AsyncLocalStorage } from 'node:async_hooks'
import type { MockActivityEnvironment } from '@temporalio/testing'
import type { ModelEntity } from './sequence.ts'

/** One call of pullEntity, as the moments of a sequence meet it. */
export interface Attempt {
  readonly entityRunId: string
  readonly syncRunId: string
  readonly entity: ModelEntity
  /** Null where Temporal runs it. */
  readonly env: MockActivityEnvironment | null
  /** Settles once another attempt is to take its place; `until` says how long it stands still. */
  readonly overtaken: Promise<void>
  /** Its first transaction, which takes the fence, has begun. */
  fenced: boolean
  until: 'read' | 'ended' | null
  /** To be awaited where the attempt stands still. */
  freeze(until: 'read' | 'ended'): Promise<void>
  thaw(): void
}

/** Which attempt the code that is running belongs to. */
export const currentAttempt = new AsyncLocalStorage<Attempt>()

export function createAttempt(about: Pick<Attempt, 'entityRunId' | 'syncRunId' | 'entity' | 'env'>): Attempt {
  let overtake = () => {}
  let thaw = () => {}
  const overtaken = new Promise<void>((resolve) => (overtake = resolve))
  const thawed = new Promise<void>((resolve) => (thaw = resolve))
  const attempt: Attempt = {
    ...about,
    overtaken,
    fenced: false,
    until: null,
    freeze(until) {
      attempt.until = until
      overtake()
      return thawed
    },
    thaw: () => thaw(),
  }
  return attempt
}
