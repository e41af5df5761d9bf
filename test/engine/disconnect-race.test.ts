import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

const rounds = 10
const entities = ['PART', 'VENDOR', 'ASSET', 'WORK_ORDER', 'PURCHASE_ORDER'] as const

let engine: Engine

beforeAll(async () => {
  const counts = { VENDOR: 4_000, PART: 4_000, ASSET: 4_000, WORK_ORDER: 4_000, PURCHASE_ORDER: 4_000 }
  engine = await startEngine({ counts, pageSize: 50 })
  await engine.startWorker()
})
afterAll(() => engine.stop())

/** Every row of the connection that its runs write, and which transaction wrote it. */
async function everyRow(connectionId: string, key: number): Promise<string[]> {
  const of = (table: string, where: string) =>
    `SELECT '${table} ' || t.xmin || ' ' || md5(t::text) AS row FROM ${table} t WHERE ${where}`
  const ofRuns = 'entity_run_id IN (SELECT id FROM entity_run WHERE connection_id = $1)'
  const { rows } = await engine.db.pool.query<{ row: string }>(
    [
      of('record', 'connection_key = $2'),
      of('rejected_record', 'connection_key = $2'),
      ...['event', 'entity_state', 'entity_run', 'sync_run', 'connection_gate', 'connection_token'].map((table) =>
        of(table, 'connection_id = $1'),
      ),
      of('held_delete', ofRuns),
      of('missing_batch', ofRuns),
    ].join(' UNION ALL ') + ' ORDER BY 1',
    [connectionId, key],
  )
  return rows.map(({ row }) => row)
}

test(`${rounds} disconnects of connections that are being read: nothing of them changes after the mutation has returned`, async () => {
  let inTheMidst = 0
  for (let round = 0; round < rounds; round++) {
    const { connectionId, syncRunId } = await engine.operations.createConnection(engine.owner, {
      system: 'demo',
      name: `Round ${round}`,
      config: { pageSize: 50 },
      credentials: {},
      entities,
    })
    const { key } = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
    await eventually('the first commit', () =>
      engine.db.prisma.entityRun.findFirst({ where: { syncRunId, created: { gt: 0 } } }),
    )
    await pause((round * 37) % 200) // another moment each time
    const open = await engine.db.prisma.entityRun.count({ where: { syncRunId, status: 'RUNNING' } })
    const { creditsReturned } = await engine.operations.disconnectConnection(engine.owner, { connectionId })
    const atOnce = await everyRow(connectionId, key)
    expect(creditsReturned).toBe(1)
    if (open > 0) inTheMidst += 1
    for (const id of [
      `clean-up/${connectionId}`,
      `sync-run/${syncRunId}`,
      ...entities.map((entity) => `sync/${connectionId}/${entity}`),
    ])
      await eventually(`the end of ${id}`, async () => (await engine.deps.temporal.stateOf(id)) !== 'RUNNING', 20_000)
    expect(await everyRow(connectionId, key)).toEqual(atOnce)
  }
  expect(inTheMidst).toBeGreaterThan(rounds / 2)
}, 180_000)
