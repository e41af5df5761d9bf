import type { SyncErrorCategory, SyncMode } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'

/** The steps of a sync, as workflows see them. Only ids and small facts pass: a workflow history holds no record and no secret. */
export interface Activities {
  /** Marks the run as begun; answers the entity runs it holds that have not ended, and its mode, which a worker of before does not tell. */
  beginRun(input: { syncRunId: string }): Promise<{ entities: EntityToRun[]; mode?: SyncMode }>
  /** Reads the source for a bounded time and commits batches. Heartbeats every 2 s. */
  pullEntity(input: PullInput): Promise<PullResult>
  /** Ends an entity run; answers the run that waited for it. */
  finishEntity(input: { entityRunId: string; outcome: Outcome }): Promise<Finished>
  /** Waits for the end of the open reader of an entity, whosever it is. */
  awaitReader(input: { connectionId: string; entity: EntityType }): Promise<void>
  /** Ends a run whose entity runs have ended; answers its status. */
  finishRun(input: { syncRunId: string }): Promise<{ status: string }>
  /** After a disconnect: stops what still runs in Temporal and destroys the source's credentials. */
  cleanUpConnection(input: { connectionId: string }): Promise<void>
  /** Deletes, for a bounded time, data that a user has asked to be deleted; not done: call again. Heartbeats every 2 s. */
  deleteConnectionData(input: { connectionId: string }): Promise<{ done: boolean }>
  /** Starts the run of a schedule that has fired; answers what it started and which entities were busy. */
  triggerSync(input: { connectionId: string; schedule: string }): Promise<Triggered>
}

/** Overtaken: an attempt that woke late holds the fence, so that nothing has ended. Read again: little is left to read. */
export type Finished = { promoted: Promoted | null } | { overtaken: true }

export interface Triggered {
  /** Null when there was nothing to start. */
  syncRunId: string | null
  skipped: EntityType[]
}

export interface EntityToRun {
  entityRunId: string
  entity: EntityType
  mode: SyncMode
  /** Another run reads this entity now: wait for its end. */
  waiting: boolean
  /** When its schedule fires next; null: it has none. */
  due: Due | null
}

/** The next firing of a schedule, and about how long it is from one to the next. */
export interface Due {
  /** ISO 8601. */
  at: string
  everyMs: number
}

export interface PullInput {
  entityRunId: string
  /** Whether the call before this one was interrupted: then this one counts as another attempt. */
  retrying: boolean
  /** ISO 8601: from then on a failure is final unless progress was made, or this came while the call waited for its place; null: only time-outs end the retries. */
  retryUntil?: string | null
}

/**
 * Not done: call again, after a wait where the source failed once some batches were committed, or the firing to give way to had gone; by then the
 * entity's schedule fires next as `due` says.
 */
export type PullResult = { done: false; waitMs: number | null; due?: Due | null | undefined } | ({ done: true } & Read)

/** What an attempt that has read to the end says of it. */
interface Read {
  fence: number
  /** Where the next incremental run resumes; null: where it stood. */
  watermark: string | null
  /** Whether it has judged what is gone; absent: a worker of before does not say. */
  judged?: boolean
}

export interface Failure {
  category: SyncErrorCategory
  code: string
  message: string
  retryable: boolean
  /** Reference of the credentials that the source refused, where it did: they may have been replaced by now. */
  credentialsRef?: string | null
}

export type Outcome = ({ status: 'SUCCEEDED' } & Read) | { status: 'FAILED'; error: Failure } | { status: 'CANCELED' }

export interface Promoted {
  syncRunId: string
  entityRunId: string
}
