import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import { insertAudit } from '../store/audit.ts'
import { insertConnection } from '../store/connection-insert.ts'
import { environmentKind } from '../store/connection-read.ts'
import type { StoredSchedule } from '../store/connection-schedules.ts'
import { CreditsExhausted } from '../store/errors.ts'
import { newId } from '../store/ids.ts'
import { insertSyncRun } from '../store/sync-run-insert.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import type { Customer, ParsedSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import { InsufficientCreditsError, ValidationError } from './errors.ts'
import type { Idempotent } from './idempotent.ts'
import { keepSecret } from './keep-secret.ts'
import { launchRun } from './launch-run.ts'
import type { CreatedConnection } from './operations.ts'
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

  const token = issueToken({ environmentKind: await environmentKind(db, caller.environmentId), of: 'CONNECTION' })
  const secret = await keepSecret(deps, JSON.stringify(system.credentials))
  const connectionId = newId()
  let syncRunId: string
  try {
    syncRunId = await transaction(db.pool, async (client) => {
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
        token: { id: newId(), ...token },
        ...chosenBefore(plan),
      })
      const syncRunId = await insertInitialRun(client, caller, connectionId, entities)
      const audit = { environmentId: caller.environmentId, actor: caller.id, ip: caller.ip }
      await insertAudit(client, { ...audit, action: plan.action, target: connectionId, outcome: 'OK' })
      await once.keep(client, { connectionId, syncRunId })
      return syncRunId
    })
  } catch (error) {
    await secret.discardUnlessStored(connectionId)
    const winner = await once.lost(error)
    if (winner) return replayed(winner)
    if (error instanceof CreditsExhausted)
      throw new InsufficientCreditsError(system.connector.creditCost, error.available)
    throw error
  }
  db.announcer.announce(connectionId)
  await launchRun(deps, { syncRunId, connectionId, mode: 'INITIAL' })
  await followSchedules(deps, connectionId)
  return { connectionId, syncRunId, token: token.token, tokenDelivery: 'SHOWN' }
}

/** The same objects, without the token. */
export const replayed = (made: Made): CreatedConnection => ({ ...made, token: null, tokenDelivery: 'SHOWN' })

export function refuseDelivery(deliverTokenTo: object | null | undefined): void {
  if (!deliverTokenTo) return
  throw new ValidationError(
    'Tokens cannot be delivered into a secret manager here. Leave deliverTokenTo out; the token is then shown once.',
    ['deliverTokenTo'],
  )
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
