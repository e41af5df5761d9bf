import type { Caller } from '../auth/caller.ts'
import type { Slot, SyncMode, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredSchedule } from '../store/connection-schedules.ts'
import type { MissingPart } from './missing-part.ts'

/** What a caller can ask for. Ids are the store's; every method throws the classes of ./errors.ts for what a caller can act on. */
export interface Operations {
  testConnection(caller: Caller, input: TestConnectionInput): Promise<{ entities: EntityType[] }>
  createConnection(caller: Caller, input: CreateConnectionInput): Promise<CreatedConnection>
  reconnectConnection(caller: Caller, input: ReconnectConnectionInput): Promise<CreatedConnection>
  disconnectConnection(
    caller: Caller,
    input: { connectionId: string },
  ): Promise<{ connectionId: string; creditsReturned: number }>
  deleteConnectionData(caller: Caller, input: DeleteConnectionDataInput): Promise<{ connectionId: string }>
  /** What is absent or null stays. */
  updateConnection(caller: Caller, input: UpdateConnectionInput): Promise<{ connectionId: string }>
  setSchedule(caller: Caller, input: SetScheduleInput): Promise<{ connectionId: string }>
  pauseConnection(caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }>
  resumeConnection(caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }>
  /** When schedules fire next, in the order asked; null where one rests or Temporal is away. Asked for what the caller was let see. */
  nextRuns(schedules: readonly ScheduleOf[]): Promise<(Date | null)[]>
  /** Why a run does not begin or go on; null when it does. Asked for what the caller was let see. */
  waitingFor(run: RunUnderWay): Promise<MissingPart | null>
  startSync(caller: Caller, input: StartSyncInput): Promise<StartedSync>
  confirmDeletes(caller: Caller, input: { syncRunId: string; entity: EntityType }): Promise<{ syncRunId: string }>
  dismissDeletes(caller: Caller, input: { syncRunId: string; entity: EntityType }): Promise<{ syncRunId: string }>
  cancelSync(
    caller: Caller,
    input: { syncRunId: string; entities?: readonly EntityType[] | null },
  ): Promise<{ syncRunId: string }>
}

export interface ScheduleOf {
  connectionId: string
  schedule: StoredSchedule
}

export interface RunUnderWay {
  id: string
  connectionId: string
  status: SyncStatus
  requestedAt: Date
  startedAt: Date | null
  entities: readonly {
    entity: EntityType
    slot: Slot | null
    status: SyncStatus
    startedAt: Date | null
    progressAt: Date | null
  }[]
}

export interface UpdateConnectionInput {
  connectionId: string
  name?: string | null
  customer?: { externalId: string; name?: string | null } | null
  config?: unknown
  credentials?: unknown
  /** Those to be synced from now on. */
  entities?: readonly EntityType[] | null
  historyDays?: number | null
  deleteGuardPercent?: number | null
}

export interface DeleteConnectionDataInput {
  connectionId: string
  /** Null or absent: all. */
  entities?: readonly EntityType[] | null
}

export interface SetScheduleInput {
  connectionId: string
  /** Null or absent: all. */
  entities?: readonly EntityType[] | null
  /** Null: manual only. */
  schedule?: ScheduleInput | null
}

export interface TestConnectionInput {
  system: string
  config: unknown
  credentials: unknown
}

export interface CreateConnectionInput extends TestConnectionInput {
  name: string
  customer?: { externalId: string; name?: string | null } | null
  /** Null or absent: all that the system has. */
  entities?: readonly EntityType[] | null
  historyDays?: number | null
  schedule?: ScheduleInput | null
  deliverTokenTo?: { store: string; name: string } | null
  idempotencyKey?: string | null
}

/** What is absent or null is taken over from the connection. */
export interface ReconnectConnectionInput {
  connectionId: string
  credentials: unknown
  config?: unknown
  entities?: readonly EntityType[] | null
  historyDays?: number | null
  schedule?: ScheduleInput | null
  deliverTokenTo?: { store: string; name: string } | null
  idempotencyKey?: string | null
}

/** Exactly one of every (ISO 8601 duration) and cron. */
export interface ScheduleInput {
  every?: string | null
  cron?: string | null
  timeZone?: string | null
}

export interface CreatedConnection {
  connectionId: string
  /** Shown this once; null when delivered, and in a replay of an idempotency key. */
  token: string | null
  tokenDelivery: 'SHOWN' | 'DELIVERED' | 'FAILED'
  syncRunId: string
}

export interface StartSyncInput {
  connectionId: string
  entities?: readonly EntityType[] | null
  mode?: SyncMode | null
  idempotencyKey?: string | null
}

export interface StartedSync {
  /** The new run; when every entity was busy, the run that holds the first entity asked for. */
  syncRunId: string
  alreadyRunning: EntityType[]
  attachedRunIds: string[]
}
