import type { Caller } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import { insertAudit } from '../store/audit.ts'
import { insertConnection } from '../store/connection-insert.ts'
import { wasDelivered } from '../store/connection-token.ts'
import { environmentOf } from '../store/credentials.ts'
import { CreditsExhausted } from '../store/errors.ts'
import { newId } from '../store/ids.ts'
import { makeCurrent, revokeSecret } from '../store/secret-succession.ts'
import { insertSyncRun } from '../store/sync-run-insert.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import { auditEntry } from './audited.ts'
import { checkCustomer, checkHistoryDays, checkName, chooseEntities, parseSystem } from './connection-input.ts'
import { chooseDelivery, pendingMs } from './deliver-token.ts'
import type { OperationDeps } from './deps.ts'
import { InsufficientCreditsError, ValidationError } from './errors.ts'
import { idempotent } from './idempotent.ts'
import { keepSecret } from './keep-secret.ts'
import { launchRun } from './launch-run.ts'
import type { CreateConnectionInput, CreatedConnection } from './operations.ts'
import { checkSchedule } from './schedule-input.ts'
import { checkSource } from './source-check.ts'

type Made = Pick<CreatedConnection, 'connectionId' | 'syncRunId'>

/**
 * Connects a system: input, then source, then secret, then one transaction with credit, connection, token and the INITIAL run. Whatever
 * fails before the commit leaves no row and no credit taken, and no secret behind.
 */
export const createConnection =
  (deps: OperationDeps) =>
  async (caller: Caller, input: CreateConnectionInput): Promise<CreatedConnection> => {
    const { db } = deps
    const system = parseSystem(deps.connectors, input)
    const name = checkName(input.name)
    const customer = input.customer ? checkCustomer(input.customer) : null
    const historyDays = checkHistoryDays(input.historyDays)
    const entities = chooseEntities(system.connector.configured(system.config), input.entities)
    const schedule = checkSchedule(input.schedule)
    const environment = await environmentOf(db.pool, caller.environmentId)
    const deliver = chooseDelivery(deps, environment.name, input.deliverTokenTo, 'deliverTokenTo')
    // what was asked for is part of the comparable input, so that it is the same in a replay
    const replayed = async (made: Made): Promise<CreatedConnection> => {
      if (!deliver) return { ...made, token: null, tokenDelivery: 'SHOWN' }
      const delivered = await wasDelivered(db.pool, made.connectionId)
      return { ...made, token: null, tokenDelivery: delivered ? 'DELIVERED' : 'FAILED' }
    }
    // not the credentials: a hash of a weak password is as good as the password
    const { credentials: _, ...comparable } = input
    const once = await idempotent<Made>(db, caller, 'createConnection', input.idempotencyKey, comparable)
    if (once.replay) return replayed(once.replay)

    const served = await checkSource(deps, system)
    const missing = entities.find((entity) => !served.includes(entity))
    if (missing) {
      throw new ValidationError(
        `The source does not serve ${missing} with these credentials. Leave it out, or ask for access.`,
        ['entities'],
      )
    }

    const { token, ...issued } = issueToken({ environmentKind: environment.kind, of: 'CONNECTION' })
    const tokenId = newId()
    const secret = await keepSecret(deps, JSON.stringify(system.credentials))
    const connectionId = newId()
    let syncRunId: string
    try {
      syncRunId = await transaction(db.pool, async (client) => {
        await insertConnection(client, {
          id: connectionId,
          environmentId: caller.environmentId,
          name,
          system: system.connector.key,
          customer,
          config: system.config,
          credentialsRef: secret.reference,
          historyDays,
          creditCost: system.connector.creditCost,
          entities,
          schedule,
          token: { ...issued, id: tokenId, pendingMs: deliver ? pendingMs : null },
        })
        const syncRunId = await insertSyncRun(client, {
          connectionId,
          mode: 'INITIAL',
          trigger: 'CONNECT',
          requestedBy: caller.id,
          entities: entities.map((entity) => ({ entity, mode: 'INITIAL', slot: 'ACTIVE' })),
        })
        const audit = { environmentId: caller.environmentId, actor: caller.id, ip: caller.ip }
        await insertAudit(client, { ...audit, action: 'CONNECTION_CREATE', target: connectionId, outcome: 'OK' })
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
    if (!deliver) return { connectionId, syncRunId, token, tokenDelivery: 'SHOWN' }
    const delivered = await deliver(token)
    await transaction(db.pool, async (client) => {
      const succession = { kind: 'CONNECTION', of: connectionId } as const
      if (delivered) await makeCurrent(client, succession, tokenId)
      else {
        await revokeSecret(client, succession, tokenId)
        const attempt = { action: 'CONNECTION_TOKEN_DELIVER', target: connectionId }
        await insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED'))
      }
    })
    return { connectionId, syncRunId, token: null, tokenDelivery: delivered ? 'DELIVERED' : 'FAILED' }
  }
