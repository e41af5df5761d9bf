import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import { insertAudit } from '../store/audit.ts'
import { insertConnection } from '../store/connection-insert.ts'
import { environmentOf } from '../store/credentials.ts'
import { lockGate } from '../store/event-append.ts'
import type { StoredSchedule } from '../store/connection-schedules.ts'
import { CreditsExhausted } from '../store/errors.ts'
import { newId } from '../store/ids.ts'
import { isOvertaken, makeCurrent, revokeSecret } from '../store/secret-succession.ts'
import { insertSyncRun } from '../store/sync-run-insert.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import { type Attempt, auditEntry } from './audited.ts'
import type { Customer, ParsedSystem } from './connection-input.ts'
import { chooseDelivery, type Deliver, pendingMs } from './deliver-token.ts'
import type { OperationDeps } from './deps.ts'
import { InsufficientCreditsError, ValidationError } from './errors.ts'
import type { Idempotent } from './idempotent.ts'
import { keepSecret } from './keep-secret.ts'
import { launchRun } from './launch-run.ts'
import type { CreateConnectionInput, CreatedConnection } from './operations.ts'
import { replayedDelivery } from './replayed-delivery.ts'
import { checkSource } from './source-check.ts'

/** What is kept of a connection that was made, and answered again to whoever repeats the request. */
export type Made = Pick<CreatedConnection, 'connectionId' | 'syncRunId'>

/** A connection to make; its input is checked. */
export interface ConnectionPlan {
  system: ParsedSystem
  name: string
  customer: Customer | null
  historyDays: number
  entities: readonly SyncedEntity[]
  /** Of all entities that `schedules` does not name. */
  schedule: StoredSchedule | null
  schedules?: ReadonlyMap<EntityType, StoredSchedule | null>
  deleteGuardPercent?: number
  /** The disconnected connection that this one follows. */
  reconnectedFrom?: string
  /** Null: the token is shown. */
  deliver: Deliver | null
  /** What the audit log calls it. */
  action: 'CONNECTION_CREATE' | 'CONNECTION_RECONNECT'
}

/**
 * Makes a connection: source, then secret, then one transaction with credit, connection, token and the INITIAL run. Whatever fails before the commit
 * leaves no row and no credit taken, and no secret behind.
 */
export async function connectSystem(
  deps: OperationDeps,
  caller: Caller,
  plan: ConnectionPlan,
  once: Idempotent<Made>,
): Promise<CreatedConnection> {
  const { db } = deps
  const { system, entities } = plan
  const served = await checkSource(deps, system)
  const missing = entities.find((entity) => !served.includes(entity))
  if (missing) {
    throw new ValidationError(
      `The source does not serve ${missing} with these credentials. Leave it out, or ask for access.`,
      ['entities'],
    )
  }

  const environment = await environmentOf(db.pool, caller.environmentId)
  const { token, ...issued } = issueToken({ environmentKind: environment.kind, of: 'CONNECTION' })
  const tokenId = newId()
  const secret = await keepSecret(deps, JSON.stringify(system.credentials))
  const connectionId = newId()
  let syncRunId: string
  try {
    syncRunId = await transaction(db, async (client) => {
      const credentialsRef = secret.reference
      await insertConnection(client, {
        id: connectionId,
        environmentId: caller.environmentId,
        name: plan.name,
        system: system.connector.key,
        customer: plan.customer,
        config: system.config,
        credentialsRef,
        historyDays: plan.historyDays,
        creditCost: system.connector.creditCost,
        entities,
        schedule: plan.schedule,
        token: { ...issued, id: tokenId, pendingMs: plan.deliver ? pendingMs : null },
        ...chosenBefore(plan),
      })
      await secret.spare(client)
      await plan.deliver?.claim(client, { kind: 'CONNECTION', of: connectionId })
      const syncRunId = await insertInitialRun(client, caller, connectionId, entities)
      await insertAudit(client, auditEntry(caller, { action: plan.action, target: connectionId }))
      await once.keep(client, { connectionId, syncRunId })
      return syncRunId
    })
  } catch (error) {
    await secret.discard()
    const winner = await once.lost(error)
    if (winner) return replayed(deps, winner, plan.deliver)
    if (error instanceof CreditsExhausted)
      throw new InsufficientCreditsError(system.connector.creditCost, error.available)
    throw error
  }
  // side by side: each waits for its own part of a Temporal that is away
  await Promise.all([
    launchRun(deps, { syncRunId, connectionId, mode: 'INITIAL' }),
    followSchedules(deps, connectionId),
  ])
  if (!plan.deliver) return { connectionId, syncRunId, token, tokenDelivery: 'SHOWN' }
  const tokenDelivery = await plan.deliver.hand(token, (failure) =>
    transaction(db, async (client) => {
      const succession = { kind: 'CONNECTION', of: connectionId } as const
      await lockGate(client, connectionId)
      if (failure === null) {
        const standing = await makeCurrent(client, succession, tokenId)
        return isOvertaken(standing) ? 'FAILED' : 'DELIVERED'
      }
      await revokeSecret(client, succession, tokenId)
      const attempt: Attempt = { action: 'CONNECTION_TOKEN_DELIVER', target: connectionId }
      await insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED'))
      return 'FAILED'
    }),
  )
  return { connectionId, syncRunId, token: null, tokenDelivery }
}

/** The same objects, without the token. What was asked for is part of the comparable input, so that it is the same in a replay. */
export async function replayed({ db }: OperationDeps, made: Made, deliver: Deliver | null): Promise<CreatedConnection> {
  const tokenDelivery = await replayedDelivery(db, { kind: 'CONNECTION', of: made.connectionId }, deliver !== null)
  return { ...made, token: null, tokenDelivery }
}

/** Where the caller wants the token; null: shown. Throws ValidationError for a target that cannot be written to. */
export async function tokenDelivery(
  deps: OperationDeps,
  caller: Caller,
  target: CreateConnectionInput['deliverTokenTo'],
): Promise<Deliver | null> {
  const environment = await environmentOf(deps.db.pool, caller.environmentId)
  return chooseDelivery(deps, environment.name, target, 'deliverTokenTo')
}

function chosenBefore({ schedules, deleteGuardPercent, reconnectedFrom }: ConnectionPlan) {
  return {
    ...(schedules ? { schedules } : {}),
    ...(deleteGuardPercent === undefined ? {} : { deleteGuardPercent }),
    ...(reconnectedFrom === undefined ? {} : { reconnectedFrom }),
  }
}

function insertInitialRun(
  client: pg.ClientBase,
  caller: Caller,
  connectionId: string,
  entities: readonly SyncedEntity[],
): Promise<string> {
  return insertSyncRun(client, {
    connectionId,
    mode: 'INITIAL',
    trigger: 'CONNECT',
    requestedBy: caller.id,
    entities: entities.map((entity) => ({ entity, mode: 'INITIAL', slot: 'ACTIVE' })),
  })
}
