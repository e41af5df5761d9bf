import { randomBytes } from 'node:crypto'
import type { Caller } from '../../src/auth/caller.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createOpenSource } from '../../src/connectors/open-source.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { createDemoSource, type DemoSourceOptions } from '../../src/embedded/demo-source/create-demo-source.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import type { CreateConnectionInput } from '../../src/operations/operations.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { type HeldSchedules, holdSchedules } from './held-schedules.ts'
import { polledNow } from '../polled-now.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'

export type OperationsRig = Awaited<ReturnType<typeof startOperations>>

/** The operations over a real database and a demo source, and a Temporal that only writes down what it is asked. */
export async function startOperations(options: Partial<DemoSourceOptions> = {}) {
  const log = createLogger({ level: 'error' })
  const counts = { VENDOR: 3, PART: 3, ASSET: 3, WORK_ORDER: 3, PURCHASE_ORDER: 3 }
  const demo = await createDemoSource({ anchor: new Date('2026-03-01T00:00:00.000Z'), counts, ...options })
  const db = await openFreshDatabase()
  const connectors = createRegistry([createDemoConnector({ defaultBaseUrl: demo.url })])
  const temporal = recordingControl()
  const deps = {
    db,
    secrets: createLocalSecretStore(db, [{ id: 'test', key: randomBytes(32) }]),
    temporal,
    connectors,
    openSource: createOpenSource(connectors, ['127.0.0.1']),
    log,
  }
  return {
    demo,
    db,
    deps,
    temporal,
    operations: createOperations(deps),
    /** The owner in an environment. */
    async ownerIn(name: string): Promise<Caller> {
      const { id } = await db.prisma.environment.findUniqueOrThrow({ where: { name } })
      return { kind: 'OWNER', id: 'owner', environmentId: id, scopes: new Set<Scope>(), connectionId: null, ip: null }
    },
    async close() {
      await db.close()
      await demo.close()
    },
  }
}

export const demoConnection = (rest: Partial<CreateConnectionInput> = {}): CreateConnectionInput => ({
  system: 'demo',
  name: 'Demo',
  config: {},
  credentials: {},
  ...rest,
})

/** Answers as a Temporal that does all it is asked and runs nothing; `calls` holds what it was asked, schedules aside. */
function recordingControl(): SyncControl & { calls: unknown[][]; schedules: HeldSchedules } {
  const calls: unknown[][] = []
  const note =
    <T>(name: string, answer: T) =>
    async (...input: unknown[]): Promise<T> => {
      calls.push([name, ...input])
      return answer
    }
  return {
    calls,
    schedules: holdSchedules(),
    startRun: note('startRun', '00000000-0000-4000-8000-000000000000'),
    cancelEntities: note('cancelEntities', undefined),
    startCleanup: note('startCleanup', undefined),
    startDataDeletion: note('startDataDeletion', undefined),
    cancelWorkflow: note('cancelWorkflow', undefined),
    stateOf: note('stateOf', 'RUNNING' as const),
    readerOf: note('readerOf', null),
    readerClosed: note('readerClosed', undefined),
    lastPolls: async () => polledNow(),
    workflowAttempts: async () => 1,
    tellPromoted: note('tellPromoted', undefined),
  }
}
