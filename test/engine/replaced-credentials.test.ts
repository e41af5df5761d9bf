import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page, Source } from '../../src/connectors/contract.ts'
import { CredentialsRejected } from '../../src/connectors/errors.ts'
import type { EntityType } from '../../src/model/entity-type.ts'
import { eventually } from '../eventually.ts'
import { type FaultyRig, startFaulty } from './faulty-rig.ts'

let rig: FaultyRig
/** The key that the source accepts no more, and the entity that it denies whoever asks. */
let revoked: string | null = null
let denied: EntityType | null = null
/** Resolves when VENDOR may be read. */
let vendorMayRead: Promise<void> = Promise.resolve()

beforeAll(async () => {
  const counts = { PART: 200, VENDOR: 60, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 }
  rig = await startFaulty({ counts }, (connector) => ({
    ...connector,
    open(input) {
      const source = connector.open(input)
      const { apiKey } = connector.credentialsSchema.parse(input.credentials) as { apiKey?: string } // the demo's schema
      async function* read(...[entity, asked]: Parameters<Source['read']>): AsyncGenerator<Page> {
        if (entity === 'VENDOR') await vendorMayRead
        for await (const page of source.read(entity, asked)) {
          if (denied === entity || apiKey === revoked) throw new CredentialsRejected('The source refuses the key.')
          yield page
        }
      }
      return Object.assign(Object.create(source), { read })
    },
  }))
  rig.deps.log.warn = () => {}
})
afterAll(() => rig.stop())
beforeEach(() => {
  rig.only({})
  revoked = denied = null
  vendorMayRead = Promise.resolve()
})

const statusOf = async (connectionId: string) =>
  (await rig.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } })).status

test('credentials that are replaced while a run reads with the old ones: the run goes on with the new ones, and stays so', async () => {
  const { connectionId, syncRunId } = await rig.operations.createConnection(rig.owner, {
    system: 'demo',
    name: 'Demo',
    config: { pageSize: 5, maxInFlight: 1 },
    credentials: { apiKey: 'first' },
    entities: ['PART'],
    historyDays: 3_650,
  })
  await rig.ended(syncRunId)
  rig.only({ latencyMs: 50 })
  const run = await rig.start(connectionId, 'FULL_RESYNC', ['PART'])
  await eventually('batches', () =>
    rig.db.prisma.entityRun.findFirst({ where: { syncRunId: run, status: 'RUNNING', fetched: { gt: 0 } } }),
  )
  await rig.operations.updateConnection(rig.owner, { connectionId, credentials: { apiKey: 'second' } })
  revoked = 'first'
  expect(await rig.ended(run)).toMatchObject({ status: 'SUCCEEDED', of: { PART: { attempt: 2, fetched: 200 } } })
  expect(await statusOf(connectionId)).toBe('ACTIVE')
})

test('a source that refuses one entity and lets another be read in the same run asks for action, until a later run succeeds', async () => {
  const { connectionId, syncRunId } = await rig.connect(['PART', 'VENDOR'])
  await rig.ended(syncRunId)
  let release = () => {}
  vendorMayRead = new Promise((resolve) => {
    release = resolve
  })
  denied = 'PART'
  const run = await rig.start(connectionId, 'INCREMENTAL', ['PART', 'VENDOR'])
  await eventually('a refusal', async () => (await statusOf(connectionId)) === 'ACTION_REQUIRED')
  release()
  expect(await rig.ended(run)).toMatchObject({ status: 'PARTIALLY_SUCCEEDED', of: { VENDOR: { status: 'SUCCEEDED' } } })
  expect(await statusOf(connectionId)).toBe('ACTION_REQUIRED')
  denied = null
  await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART', 'VENDOR']))
  expect(await statusOf(connectionId)).toBe('ACTIVE')
})
