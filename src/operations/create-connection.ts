import type { Caller } from '../auth/caller.ts'
import { connectSystem, type Made, replayed, tokenDelivery } from './connect-system.ts'
import { checkCustomer, checkHistoryDays, checkName, chooseEntities, parseSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import { idempotent } from './idempotent.ts'
import type { CreateConnectionInput, CreatedConnection } from './operations.ts'
import { checkSchedule } from './schedule-input.ts'

/** Connects a system: the input is checked first, then all is as connectSystem says. */
export const createConnection =
  (deps: OperationDeps) =>
  async (caller: Caller, input: CreateConnectionInput): Promise<CreatedConnection> => {
    const system = parseSystem(deps.connectors, input)
    const plan = {
      system,
      name: checkName(input.name),
      customer: input.customer ? checkCustomer(input.customer) : null,
      historyDays: checkHistoryDays(input.historyDays),
      entities: chooseEntities(system.connector.configured(system.config), input.entities),
      schedule: checkSchedule(input.schedule),
      deliver: await tokenDelivery(deps, caller, input.deliverTokenTo),
      action: 'CONNECTION_CREATE',
    } as const
    // not the credentials: a hash of a weak password is as good as the password
    const { credentials: _, ...comparable } = input
    const once = await idempotent<Made>(deps.db, caller, 'createConnection', input.idempotencyKey, comparable)
    return once.replay ? replayed(deps, once.replay, plan.deliver) : connectSystem(deps, caller, plan, once)
  }
