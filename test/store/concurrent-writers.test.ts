import { afterAll, beforeAll, expect, test } from 'vitest'
import { syncedEntities } from '../../src/model/entities.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import type { Database } from '../../src/store/database.ts'
import { takeFence, type FencedRun } from '../../src/store/entity-run-fence.ts'
import { FenceLost, ConnectionGone } from '../../src/store/errors.ts'
import { eventsOfConnection } from '../../src/store/event-read.ts'
import { readChanges } from '../../src/store/record-changes.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { newId } from '../../src/store/ids.ts'
import { eventually } from '../eventually.ts'
import { sampleBatch, sampleRow, sampleRows } from './sample-batch.ts'
import { eventsOf, openFreshDatabase, recordsOf, seedConnection, seedRun, type Seeded } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** One connection with six entities that are read at once. */
async function sixWriters(): Promise<Seeded & { writers: FencedRun[] }> {
  const seeded = await seedConnection(db, syncedEntities)
  // a sixth that has no mapping yet: the store writes any entity of the model
  await db.prisma.entityState.create({
    data: { id: newId(), connectionId: seeded.connectionId, connectionKey: seeded.connectionKey, entity: 'INVOICE' },
  })
  const entities = [...syncedEntities, 'INVOICE' as 'PART']
  const { entityRunIds } = await seedRun(
    db,
    seeded,
    entities.map((entity) => ({ entity })),
  )
  const writers: FencedRun[] = []
  for (const id of entityRunIds) writers.push(await takeFence(db, id, false))
  return { ...seeded, writers }
}

const sequences = (from: bigint, to: bigint) =>
  Array.from({ length: Number(to - from) + 1 }, (_, i) => from + BigInt(i))

test('change sequences are gapless per entity and readers that follow them miss nothing', async () => {
  const { writers, ...seeded } = await sixWriters()
  const batchesEach = 12
  let writing = true
  const write = (writer: FencedRun, w: number) =>
    (async () => {
      for (let i = 0; i < batchesEach; i++) {
        // new ones, and some again of the batch before
        const rows = [
          ...sampleRows(20 + w, `${i}`),
          ...(i > 0 ? [sampleRow(`${i - 1}-000003`, { number: `again ${i}` })] : []),
        ]
        await commitBatch(db, writer, sampleBatch(rows, { progress: i % 3 === 0 }))
      }
    })()
  const follow = async (writer: FencedRun) => {
    const met: string[] = []
    for (let after = 0n, last = false; ; ) {
      last = !writing
      const { changes, hasMore } = await readChanges(
        db.pool,
        { id: seeded.connectionId, key: seeded.connectionKey },
        writer.entity,
        {
          after,
          limit: 50,
        },
      )
      met.push(...changes.map((change) => change.record.externalId))
      after = changes.at(-1)?.sequence ?? after
      if (last && !hasMore) return new Set(met)
    }
  }
  const readers = writers.map(follow)
  await Promise.all(writers.map(write)).finally(() => {
    writing = false
  })
  const met = await Promise.all(readers)
  for (const [w, writer] of writers.entries()) {
    const stored = await recordsOf(db, seeded, writer.entity)
    const state = await db.prisma.entityState.findFirstOrThrow({
      where: { connectionId: seeded.connectionId, entity: writer.entity },
    })
    const created = BigInt(batchesEach * (20 + w))
    const rewritten = BigInt(batchesEach - 1)
    expect(state.changeSeq).toBe(created + rewritten)
    // a number given twice, or lost, would show: each created once, the rewritten once more
    const given = new Set([...stored.map((record) => record.createdSeq), ...stored.map((record) => record.changeSeq)])
    expect([...given].sort((a, b) => Number(a - b))).toEqual(sequences(1n, state.changeSeq))
    expect(met[w]).toEqual(new Set(stored.map((record) => record.externalId)))
  }
})

test('events are gapless per connection, and readers see them in order, under six writers', async () => {
  const { writers, ...seeded } = await sixWriters()
  let writing = true
  const read = async () => {
    const met: bigint[] = []
    for (let last = false; ; ) {
      last = !writing
      const events = await eventsOfConnection(db.pool, seeded.connectionId, met.at(-1) ?? 0n, 7)
      met.push(...events.map((event) => event.sequence))
      if (last && events.length === 0) return met
    }
  }
  const readers = [read(), read(), read()]
  await Promise.all(
    writers.map(async (writer) => {
      for (let i = 0; i < 15; i++) await commitBatch(db, writer, sampleBatch(sampleRows(5, `${i}`), { progress: true }))
    }),
  ).finally(() => {
    writing = false
  })
  const gate = await db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId: seeded.connectionId } })
  // created, queued, six started, and the progress of every batch
  expect(gate.eventSeq).toBe(2n + 6n + 6n * 15n)
  for (const met of await Promise.all(readers)) expect(met).toEqual(sequences(1n, gate.eventSeq))
})

test('totals in progress events never run backwards', async () => {
  const { writers, ...seeded } = await sixWriters()
  await Promise.all(
    writers.map(async (writer) => {
      for (let i = 0; i < 10; i++) await commitBatch(db, writer, sampleBatch(sampleRows(5, `${i}`), { progress: true }))
    }),
  )
  const totals = new Map<string, number>()
  for (const event of await eventsOf(db, seeded)) {
    if (event.type !== 'ENTITY_PROGRESS') continue
    const { fetched } = event.counts as { fetched: number }
    expect(fetched).toBe((totals.get(event.entity ?? '') ?? 0) + 5)
    totals.set(event.entity ?? '', fetched)
  }
  expect([...totals.values()]).toEqual([50, 50, 50, 50, 50, 50])
})

test('a disconnect completes while six writers commit, and nothing of any batch is written after it', async () => {
  const { writers, ...seeded } = await sixWriters()
  const stopped = writers.map(async (writer) => {
    for (let i = 0; ; i++) {
      try {
        await commitBatch(db, writer, sampleBatch(sampleRows(200, `${i}`), { progress: true }))
      } catch (error) {
        return error
      }
    }
  })
  await eventually('a commit of every writer', async () => {
    const runs = await db.prisma.entityRun.findMany({ where: { connectionId: seeded.connectionId } })
    return runs.every((run) => run.created > 0)
  })
  expect(await disconnect(db, { ...seeded, actor: 'test', ip: null })).toBe(1)
  const standing = async () => ({
    records: await db.prisma.record.count({ where: { connectionKey: seeded.connectionKey } }),
    states: await db.prisma.entityState.findMany({
      where: { connectionId: seeded.connectionId },
      orderBy: { id: 'asc' },
    }),
    runs: await db.prisma.entityRun.findMany({ where: { connectionId: seeded.connectionId }, orderBy: { id: 'asc' } }),
    gate: await db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId: seeded.connectionId } }),
    last: (await eventsOf(db, seeded)).at(-1),
  })
  const atOnce = await standing()
  for (const error of await Promise.all(stopped))
    expect(error instanceof FenceLost || error instanceof ConnectionGone).toBe(true)
  expect(await standing()).toEqual(atOnce)
  expect(atOnce.last).toMatchObject({ type: 'CONNECTION_DISCONNECTED', sequence: atOnce.gate.eventSeq })
  expect(atOnce.runs.reduce((sum, run) => sum + run.created, 0)).toBe(atOnce.records)
  expect(atOnce.states.reduce((sum, state) => sum + state.recordCount, 0)).toBe(atOnce.records)
  expect((await eventsOf(db, seeded)).map((event) => event.sequence)).toEqual(sequences(1n, atOnce.gate.eventSeq))
})
