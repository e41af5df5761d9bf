import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Checkpoint } from '../../src/activities/checkpoint.ts'
import { deleteGone } from '../../src/activities/delete-gone.ts'
import type { OpenRun } from '../../src/activities/open-run.ts'
import { idHash } from '../../src/activities/read-pass.ts'
import { ListContradicted } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import {
  entityRunOf,
  entityStateOf,
  eventsOf,
  openFreshDatabase,
  recordsOf,
  seedWriter,
} from '../store/seeded-connection.ts'
import { sampleBatch, sampleRow } from '../store/sample-batch.ts'
import { around } from './scripted-source.ts'
import { scriptSource, type Script } from './scripted-source.ts'

let db: Database
const start = new Date('2026-01-01T00:00:00.000Z')
const at = around(start)
const lagMs = 2_000

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const row = (id: string, stamp: Date | null = at(86_400_000), version = '') =>
  sampleRow(id, { version }, { sourceUpdatedAt: stamp })
const named = (count: number, prefix = 'R') =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`)

/** Records that are stored when a re-sync starts; then `seen` are met by it, and what it has not met is judged. */
async function resync({
  stored,
  seen,
  written = [],
  given = {},
  guard,
  turnIsOver = false,
  prepare = () => {},
}: Setup) {
  const { writer, ...seeded } = await seedWriter(db)
  if (guard !== undefined)
    await db.prisma.connection.update({ where: { id: seeded.connectionId }, data: { deleteGuardPercent: guard } })
  await commitBatch(db, writer, sampleBatch(stored))
  const startSeq = (await entityStateOf(db, seeded)).changeSeq.toString()
  if (written.length > 0) await commitBatch(db, writer, sampleBatch(written))
  const hashes = Buffer.concat(seen.map(idHash))
  await commitBatch(db, writer, sampleBatch([], { seen: { pass: 1, hashes } }))
  const there = [...seen.map((id) => ({ id, stamp: null })), ...(given.records ?? [])]
  const { script, deps } = scriptSource(db, { asksByKey: false, ...given, records: there })
  const opened = deps.openSource({ system: 'demo', config: {}, credentials: {} })
  const keepUsage: OpenRun['keepUsage'] = (keep) => keep({ requests: 0, bytes: 0 })
  const connector = deps.connectors.get('demo')
  const open = { ...opened, config: {}, credentialsRef: 'local:none', keepUsage, connector } as OpenRun // the registry holds it
  const run = { ...writer, deleteGuardPercent: guard ?? writer.deleteGuardPercent }
  const context = {
    deps,
    run,
    open,
    window: { start, end: new Date(), skewMs: 0, clockSetBackMs: 0, estimatedTotal: null },
    lagMs,
    signal: new AbortController().signal,
    turn: { isOver: () => turnIsOver, standAside: () => async () => {}, end: () => {} },
    progress: { advanced: false, run: null, now: Date.now, credentialsRef: null },
  }
  const checkpoint: Checkpoint = {
    pass: 'delete',
    after: null,
    startSeq,
    changedUntil: null,
    windows: null,
    stampedFrom: null,
    judged: false,
  }
  const judge = (from = checkpoint) => deleteGone(context, from)
  prepare(script)
  const done = await judge()
  const records = await recordsOf(db, seeded)
  const entityRun = await entityRunOf(db, seeded.entityRunId)
  return {
    done,
    judge,
    script,
    seeded,
    gone: records.filter((record) => record.deletedAt !== null).map((record) => record.externalId),
    deleted: entityRun.deleted,
    held: (
      await db.prisma.heldDelete.findMany({
        where: { entityRunId: seeded.entityRunId },
        orderBy: { externalId: 'asc' },
      })
    ).map((it) => it.externalId),
    heldDeletes: entityRun.heldDeletes,
    recordCount: (await entityStateOf(db, seeded)).recordCount,
  }
}

interface Setup {
  stored: ReturnType<typeof row>[]
  seen: string[]
  /** Committed while the re-sync reads. */
  written?: ReturnType<typeof row>[]
  given?: Partial<Script>
  guard?: number
  /** When the call's time is up. */
  turnIsOver?: boolean
  /** What happens at the source before the run judges. */
  prepare?(script: Script): void
}

test('what was in the window and was not seen is deleted softly, as inferred, and counted', async () => {
  const result = await resync({ stored: named(10).map((id) => row(id)), seen: named(9) })
  expect(result).toMatchObject({ gone: ['R0009'], deleted: 1, recordCount: 9, held: [], done: { pass: 'done' } })
  const record = (await recordsOf(db, result.seeded)).at(-1)
  expect(record).toMatchObject({ externalId: 'R0009', deletionKind: 2, changeSeq: 11n })
})

test('repeating it deletes nothing more and counts nothing twice', async () => {
  const result = await resync({ stored: named(10).map((id) => row(id)), seen: named(8) })
  await result.judge()
  expect(await entityRunOf(db, result.seeded.entityRunId)).toMatchObject({ deleted: 2 })
  expect(await entityStateOf(db, result.seeded)).toMatchObject({ recordCount: 8 })
})

test('records written after the re-sync started are spared, new ones and changed ones', async () => {
  const stored = named(10).map((id) => row(id))
  const written = [row('R0008', undefined, 'changed'), row('new')]
  expect(await resync({ stored, written, seen: named(8) })).toMatchObject({ gone: ['R0009'], recordCount: 10 })
})

test('records older than the window, or nearer to its edge than the lag, are spared; unstamped ones are not', async () => {
  const stored = [
    ...named(10).map((id) => row(id)),
    row('S-older', at(-1)),
    row('S-edge', at(0)),
    row('S-near', at(lagMs - 1)),
    row('T-inside', at(lagMs)),
    row('T-unstamped', null),
  ]
  expect(await resync({ stored, seen: named(10) })).toMatchObject({ gone: ['T-inside', 'T-unstamped'], deleted: 2 })
})

test('where the source can be asked by key, only what it says is gone is deleted', async () => {
  const given = { asksByKey: true, records: [{ id: 'R0008', stamp: null }] }
  const result = await resync({ stored: named(10).map((id) => row(id)), seen: named(8), given })
  expect(result).toMatchObject({ gone: ['R0009'], deleted: 1 })
  // with a few that the run has met
  expect(result.script.asked).toEqual([['R0008', 'R0009', ...named(5)]])
})

test('a source that knows none of the records that the run has just met is not believed: nothing is deleted', async () => {
  const stored = named(10).map((id) => row(id))
  const prepare = (script: Script) => void (script.records = [])
  const judged = resync({ stored, seen: named(8), given: { asksByKey: true }, prepare })
  await expect(judged).rejects.toBeInstanceOf(ListContradicted)
  const { deletedAt } = await db.prisma.record.findFirstOrThrow({
    where: { externalId: 'R0009' },
    orderBy: { connectionKey: 'desc' },
  })
  expect(deletedAt).toBeNull()
})

test('of the records that the run has met some may go meanwhile; those it has brought itself tell as well', async () => {
  const stored = named(10).map((id) => row(id))
  const prepare = (script: Script) => void (script.records = script.records.filter(({ id }) => id === 'R0004'))
  expect(await resync({ stored, seen: named(8), given: { asksByKey: true }, prepare })).toMatchObject({ deleted: 2 })
  const written = named(3, 'New').map((id) => row(id))
  const anew = await resync({ stored, written, seen: named(3, 'New'), given: { asksByKey: true } })
  expect(anew).toMatchObject({ deleted: 0, heldDeletes: 10 })
  expect(anew.script.asked[0]?.slice(-3)).toEqual(named(3, 'New'))
})

test('more than 20 % and more than 20 records are held back, with an event, and nothing is deleted', async () => {
  const result = await resync({ stored: named(100).map((id) => row(id)), seen: named(79) })
  expect(result).toMatchObject({ gone: [], deleted: 0, heldDeletes: 21, recordCount: 100, done: { pass: 'done' } })
  expect(result.held).toEqual(named(100).slice(79))
  const event = (await eventsOf(db, result.seeded)).find(({ type }) => type === 'DELETES_HELD')
  expect(event).toMatchObject({
    entity: 'PART',
    counts: { heldDeletes: 21 },
    message: expect.stringContaining('21 records'),
  })
})

test('20 % is not more than 20 %, and 20 records are not more than 20', async () => {
  expect(await resync({ stored: named(105).map((id) => row(id)), seen: named(84) })).toMatchObject({
    deleted: 21,
    held: [],
  })
  expect(await resync({ stored: named(30).map((id) => row(id)), seen: named(10) })).toMatchObject({
    deleted: 20,
    held: [],
  })
})

test('the share is the connection’s own', async () => {
  const stored = named(100).map((id) => row(id))
  expect(await resync({ stored, seen: named(70), guard: 50 })).toMatchObject({ deleted: 30, held: [] })
  expect(await resync({ stored, seen: named(70), guard: 10 })).toMatchObject({ deleted: 0, heldDeletes: 30 })
})

test('the share is taken of what the window holds, not of older records', async () => {
  const stored = [...named(30).map((id) => row(id)), ...named(500, 'Old').map((id) => row(id, at(-1)))]
  expect(await resync({ stored, seen: named(9) })).toMatchObject({ deleted: 0, heldDeletes: 21 })
})

test('all of two or more are held back; a single one may go', async () => {
  expect(await resync({ stored: named(2).map((id) => row(id)), seen: [] })).toMatchObject({
    deleted: 0,
    heldDeletes: 2,
  })
  expect(await resync({ stored: named(1).map((id) => row(id)), seen: [] })).toMatchObject({ deleted: 1, held: [] })
})

test('more than one page of candidates is judged', async () => {
  const ids = named(5_500)
  const seen = ids.filter((_, i) => i % 100 !== 99)
  expect(await resync({ stored: ids.map((id) => row(id)), seen })).toMatchObject({ deleted: 55, recordCount: 5_445 })
})

test('a call whose time is up answers where the next goes on, and only the last one deletes', async () => {
  const {
    done: first,
    judge,
    script,
    seeded,
    gone,
  } = await resync({
    stored: named(1_000).map((id) => row(id)),
    seen: named(500),
    given: { asksByKey: true },
    guard: 100,
    turnIsOver: true,
  })
  expect([first.pass, first.after, gone]).toEqual(['delete', 'R0699', []])
  const second = await judge(first)
  expect([second.pass, second.after]).toEqual(['delete', 'R0899'])
  expect(await entityRunOf(db, seeded.entityRunId)).toMatchObject({ deleted: 0, checkpoint: second })
  expect(await judge(second)).toMatchObject({ pass: 'done' })
  expect(script.asked.flatMap((ids) => ids.slice(0, -5))).toEqual(named(1_000).slice(500))
  expect(await entityRunOf(db, seeded.entityRunId)).toMatchObject({ deleted: 500 })
})

test('more deletions than one statement makes have change numbers of their own, in one row', async () => {
  const { seeded, gone } = await resync({
    stored: named(7_000).map((id) => row(id)),
    seen: named(500),
    given: { asksByKey: true, records: [{ id: 'R0500', stamp: null }] },
    guard: 100,
  })
  expect(gone).toEqual(named(7_000).slice(501))
  const records = await recordsOf(db, seeded)
  const { changeSeq, recordCount } = await entityStateOf(db, seeded)
  expect([changeSeq, recordCount]).toEqual([7_000n + 6_499n, 501])
  expect(new Set(records.map((record) => record.changeSeq)).size).toBe(7_000)
  expect(records.at(-1)?.changeSeq).toBe(changeSeq)
})
