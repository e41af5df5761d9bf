import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import type { StoredConnection } from '../store/connection-read.ts'
import type { StoredSchedule } from '../store/connection-schedules.ts'
import { type FormerConnection, lastSuccessor, readFormer } from '../store/connection-succession.ts'
import type { StateRow } from '../store/entity-state-change.ts'
import { isUniqueViolation } from '../store/errors.ts'
import { type ConnectionPlan, connectSystem, type Made, replayed, tokenDelivery } from './connect-system.ts'
import { checkHistoryDays, chooseEntities, type ParsedSystem, parseSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import { ConflictError, InsufficientCreditsError, ValidationError } from './errors.ts'
import { idempotent } from './idempotent.ts'
import { inheritedSchedule } from './inherited-schedule.ts'
import type { CreatedConnection, ReconnectConnectionInput } from './operations.ts'
import { ownConnection } from './own-connection.ts'
import { checkSchedule } from './schedule-input.ts'

/**
 * Connects the system of a disconnected connection again: a new connection that follows it and takes over what is not given, with a token, a credit and
 * an INITIAL run of its own, all as in createConnection. The old one keeps its data and stays disconnected. It is followed by one connection only:
 * whoever wants to go on behind that one reconnects that one.
 */
export const reconnectConnection =
  (deps: OperationDeps) =>
  async (caller: Caller, input: ReconnectConnectionInput): Promise<CreatedConnection> => {
    const old = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    const deliver = await tokenDelivery(deps, caller, input.deliverTokenTo)
    // not the credentials: a hash of a weak password is as good as the password
    const { credentials: _, ...comparable } = input
    const once = await idempotent<Made>(deps.db, caller, 'reconnectConnection', input.idempotencyKey, comparable)
    if (once.replay) return replayed(deps, once.replay, deliver)
    if (old.status !== 'DISCONNECTED') {
      throw new ConflictError(
        'The connection is not disconnected. Change its credentials or config with updateConnection; or disconnect it first.',
        ['connectionId'],
      )
    }
    await refuseFollowed(deps, old.id)
    const plan = { ...planReconnect(deps, old, await readFormer(deps.db, old.id), input), deliver }
    try {
      return await connectSystem(deps, caller, plan, once)
    } catch (error) {
      // another call has reconnected it meanwhile, and may have taken the last credit for that
      if (isUniqueViolation(error) || error instanceof InsufficientCreditsError) await refuseFollowed(deps, old.id)
      throw error
    }
  }

async function refuseFollowed({ db }: OperationDeps, connectionId: string): Promise<void> {
  const last = await lastSuccessor(db, connectionId)
  if (!last) return
  const next =
    last.status === 'DISCONNECTED'
      ? 'That one is disconnected too: reconnect that one instead.'
      : 'Use that one; its connectionId is given here.'
  throw new ConflictError(
    `The connection has been reconnected already; the last that followed it is "${last.name}". ${next}`,
    ['connectionId'],
    undefined,
    last.id,
  )
}

function planReconnect(
  deps: OperationDeps,
  old: StoredConnection,
  former: FormerConnection,
  input: ReconnectConnectionInput,
): Omit<ConnectionPlan, 'deliver'> {
  if (!deps.connectors.get(old.system)) {
    throw new ValidationError(`This version of Syncline has no system "${old.system}" any more.`, ['connectionId'])
  }
  const { credentials, config = null } = input
  const system = parseSystem(deps.connectors, { system: old.system, config: config ?? old.config, credentials })
  const entities = entitiesOf(system, former.entities, input.entities)
  return {
    system,
    name: former.name,
    customer: former.customer,
    historyDays: checkHistoryDays(input.historyDays ?? old.historyDays),
    deleteGuardPercent: former.deleteGuardPercent,
    entities,
    reconnectedFrom: old.id,
    action: 'CONNECTION_RECONNECT',
    ...schedulesOf(former.entities, input.schedule),
  }
}

function entitiesOf(
  { connector, config }: ParsedSystem,
  states: readonly StateRow[],
  given: readonly EntityType[] | null | undefined,
): readonly SyncedEntity[] {
  const configured = connector.configured(config)
  const before = states.filter(({ enabled }) => enabled).map(({ entity }) => entity)
  const gone = given ? undefined : before.find((entity) => !configured.some((one) => one === entity))
  if (gone) {
    throw new ValidationError(
      `config does not set up ${gone}, which the connection synced. Set it up, or name in entities those to be synced from now on.`,
      ['config'],
    )
  }
  return chooseEntities(configured, given ?? before)
}

/** Without a new one each entity keeps its own; one that is new runs with the others. */
function schedulesOf(
  states: readonly StateRow[],
  given: ReconnectConnectionInput['schedule'],
): Pick<ConnectionPlan, 'schedule' | 'schedules'> {
  if (given) return { schedule: checkSchedule(given) }
  const schedules = new Map<EntityType, StoredSchedule | null>(
    states.filter(({ enabled }) => enabled).map(({ entity, schedule }) => [entity, schedule]),
  )
  return { schedule: inheritedSchedule(states), schedules }
}
