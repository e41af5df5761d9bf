import type pg from 'pg'
import type { Session } from '../auth/authenticate.ts'
import type { ChangeStreams } from '../events/change-stream.ts'
import type { Outlet } from '../events/direct-delivery.ts'
import { Patience } from '../events/outage.ts'
import type { StreamSlots } from '../events/stream-slots.ts'
import type { EventStreams } from '../events/streams.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { EnvironmentOperations } from '../operations/environments.ts'
import type { KeyOperations } from '../operations/keys.ts'
import type { Operations } from '../operations/operations.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { SystemCatalog } from './system-catalog.ts'

/** What the API is built on: made once by the composition root. */
export interface ApiDependencies {
  readonly prisma: PrismaClient
  readonly pool: pg.Pool
  readonly operations: Operations
  readonly keys: KeyOperations
  readonly environments: EnvironmentOperations
  readonly systems: SystemCatalog
  readonly streams: EventStreams
  readonly changeStreams: ChangeStreams
  readonly slots: StreamSlots
  /** The Temporal UI's page of a workflow; null when no UI is configured. */
  readonly workflowUrl: (workflowId: string) => string | null
}

/** What a resolver has: one per operation. */
export interface Context extends ApiDependencies {
  readonly session: Session
  readonly loaders: Loaders
  /** Breaks off the connection on which a stream is answered; null where that carries other operations too. */
  readonly breakOff: (() => void) | null
  /** Of a subscription whose events can go to its socket directly. */
  readonly outlet: Outlet | null
  /** Of a subscription: for the steps to its next message. */
  readonly patience: Patience
}

export function createContext(
  dependencies: ApiDependencies,
  { session, breakOff }: Pick<Context, 'session' | 'breakOff'>,
): Context {
  return {
    ...dependencies,
    session,
    breakOff,
    loaders: createLoaders(dependencies),
    outlet: null,
    patience: new Patience(),
  }
}

/** The connections that the caller reaches: of its environment, or the one of its token. */
export function reachableConnections({ session: { caller } }: Context) {
  return { environmentId: caller.environmentId, ...(caller.connectionId === null ? {} : { id: caller.connectionId }) }
}
