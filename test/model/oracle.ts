import assert from 'node:assert/strict'
import type { Database } from '../../src/store/database.ts'
import type { Attempt } from './attempt.ts'
import { checkEvents } from './event-checks.ts'
import { type FeedFollower, followEvents, followFeed } from './followers.ts'
import { type ModelEntity, modelEntities, type Setup } from './sequence.ts'
import { type Expected, expectResync } from './quiet-resync.ts'
import type { Holding, SourceModel } from './source-model.ts'
import { type StoredRecord, type StoredRun, storedOf } from './stored.ts'

interface Known {
  records: Map<string, StoredRecord>
  watermark: string | null
  /** The earliest stamp that whole runs have covered; null: none has succeeded. */
  from: number | null
}

const forks = 6

export type Oracle = Awaited<ReturnType<typeof createOracle>>

/** What must be stored, told events and change feed included: knows the source and what has happened, not the code. */
export async function createOracle(db: Database, connectionId: string, source: SourceModel, setup: Setup) {
  const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  const owner = { id: connectionId, key }
  const stored = storedOf(db.pool, owner)
  const random = drawsFrom(setup.seed)
  const events = followEvents(connectionId, () => 1 + random(9))
  const feeds = new Map<ModelEntity, FeedFollower[]>(
    modelEntities.map((entity) => [entity, [followFeed(owner, entity, () => 1 + random(7))]]),
  )
  const known = new Map<ModelEntity, Known>(
    modelEntities.map((entity) => [entity, { records: new Map(), watermark: null, from: null }]),
  )
  const heldAtStart = new Map<string, Holding>()
  const excuses = new Map<string, Set<string>>()
  const checked = new Set<string>()
  let looking = false
  let seen: unknown = null
  let frozen: unknown = null
  let { historyDays } = setup

  const excuse = (entityRunId: string, status: string) => {
    excuses.set(entityRunId, (excuses.get(entityRunId) ?? new Set()).add(status))
  }

  async function everything() {
    const records = await Promise.all(modelEntities.map(async (entity) => [...(await stored.records(entity)).values()]))
    return { records, gate: await stored.gate(), runs: await stored.runs() }
  }

  function checkRun(run: StoredRun) {
    const label = `${run.mode} of ${run.entity}`
    const { fetched, created, updated, unchanged, rejected } = run
    assert.equal(fetched, created + updated + unchanged + rejected, `${label}: its counts do not add up`)
    assert.equal(run.slot, null, `${label} ended as ${run.status} and holds a slot`)
    if (run.status === 'SUCCEEDED') return
    // of a run that was only canceled in part, or after it was lost, both are true
    const excused =
      excuses.get(run.id)?.has(run.status) || excuses.get(`${run.syncRunId} ${run.entity}`)?.has(run.status)
    assert(excused || frozen !== null, `${label} ended as ${run.status} and nothing explains it`)
  }

  function checkRecords(entity: ModelEntity, records: Map<string, StoredRecord>, known: Known, now: Holding) {
    for (const record of records.values()) {
      const label = `${entity} ${record.key}`
      const was = known.records.get(record.key)
      const version = source.version(entity, record.key, record.raw)
      assert(version !== undefined, `${label} holds what the source never had`)
      assert(!record.deleted || !now.has(record.key), `${label} was deleted, and the source has it`)
      const before = was ? source.version(entity, was.key, was.raw) : undefined
      assert(version >= (before ?? 0), `${label} went back to an older version`)
      if (was && was.hash === record.hash && was.deleted === record.deleted)
        assert.equal(record.changeSeq, was.changeSeq, `${label} has not changed, and the feed says it has`)
    }
    for (const gone of known.records.keys()) assert(records.has(gone), `${entity} ${gone} is no longer there`)
  }

  /** Whatever the source has held since the last good run began, in the time that whole runs have covered, is there as it is. */
  function checkPresent(
    entity: ModelEntity,
    records: Map<string, StoredRecord>,
    last: StoredRun,
    from: number,
    now: Holding,
  ) {
    for (const [id, version] of heldAtStart.get(last.id) ?? new Map<string, never>()) {
      if (version.malformed || version.modified < from || now.get(id)?.json !== version.json) continue
      const label = `${entity} ${id} (modified ${new Date(version.modified).toISOString()}) after a good ${last.mode} to ${last.windowEnd?.toISOString()}`
      const record = records.get(id)
      assert(record && !record.deleted, `${label} is missing`)
      assert.equal(record.raw, version.json, `${label} is stale`)
    }
  }

  async function checkEntity(entity: ModelEntity, runs: readonly StoredRun[]) {
    const before = known.get(entity)
    assert(before)
    const [records, state] = [await stored.records(entity), await stored.state(entity)]
    const now = source.holding(entity)
    const mine = runs.filter((run) => run.entity === entity)
    const good = mine.filter((run) => run.status === 'SUCCEEDED' && !checked.has(run.id))
    for (const run of good) {
      if (run.mode !== 'INCREMENTAL')
        before.from = Math.min(before.from ?? Number.POSITIVE_INFINITY, run.windowStart?.getTime() ?? 0)
    }
    const last = good.at(-1)
    if (!last) assert.equal(state.watermark, before.watermark, `${entity}: the watermark moved without a success`)
    else if (state.watermark !== null) {
      const latest = (last.windowEnd?.getTime() ?? 0) - setup.lagSeconds * 1_000
      assert(Date.parse(state.watermark) <= latest, `${entity}: the watermark is within the lag`)
    }
    checkRecords(entity, records, before, now)
    if (last && before.from !== null) checkPresent(entity, records, last, before.from, now)
    const live = [...records.values()].filter((record) => !record.deleted)
    assert.equal(state.recordCount, live.length, `${entity}: recordCount`)
    assert.equal(sum(mine, 'created'), records.size, `${entity}: created over all runs`)
    for (const { malformed, key } of [...now].map(([key, version]) => ({ ...version, key })))
      assert(!malformed || !records.has(key), `${entity} ${key} cannot be mapped, and is stored`)
    known.set(entity, { ...before, records, watermark: state.watermark })
  }

  return {
    excuse,
    /** All entity runs of a run, or one, may end so. */
    excuseRun(syncRunId: string, status: string, entity: ModelEntity | null = null) {
      for (const each of entity ? [entity] : modelEntities) excuse(`${syncRunId} ${each}`, status)
    },

    beginsReading(attempt: Attempt | undefined) {
      if (attempt && !heldAtStart.has(attempt.entityRunId))
        heldAtStart.set(attempt.entityRunId, source.holding(attempt.entity))
    },

    /** What an attempt can write; how the run stands may change meanwhile by a cancel or a disconnect. */
    async snapshot({ entity, entityRunId }: Attempt) {
      const run = (await stored.runs()).find(({ id }) => id === entityRunId)
      const written = run && { ...run, status: null, slot: null, fence: null }
      return { run: written, state: await stored.state(entity), records: await stored.records(entity) }
    },

    /** A look between two commits, as consumers take it. */
    async look() {
      if (looking || seen !== null) return
      looking = true
      try {
        await events.read(db.pool)
        for (const entity of modelEntities) {
          const following = feeds.get(entity) ?? []
          const one = following[random(following.length)]
          if (!one || random(3) > 0) continue
          await one.read(db.pool)
          if (following.length < forks && random(4) === 0) following.push(one.fork())
        }
      } catch (error) {
        seen = error // told by check(): here it would pass for a failure of the store
      } finally {
        looking = false
      }
    },

    /** From now on. */
    hasHistory(days: number) {
      historyDays = days
    },

    /** Whether every entity has a good run behind it, with which the source's clock can be compared. */
    hasSucceeded: () => [...known.values()].every(({ from }) => from !== null),

    async open() {
      return (await stored.syncRuns()).filter((run) => !run.finished).length
    },

    async check() {
      if (seen !== null) throw seen
      const runs = await stored.runs()
      for (const run of runs) checkRun(run)
      for (const entity of modelEntities) await checkEntity(entity, runs)
      for (const run of runs) checked.add(run.id)
      await events.toTheEnd(db.pool)
      assert.equal(events.events.length, (await stored.gate()).eventSeq, 'the number of events')
      checkEvents(events.events, runs)
    },

    /** After a good incremental run of a quiet source. */
    async checkComplete() {
      assert.equal((await stored.gate()).status, 'ACTIVE', 'the connection, after every entity has succeeded')
      for (const entity of modelEntities) {
        const { records, from } = known.get(entity) ?? {}
        assert(records && from !== null, `${entity} has never succeeded`)
        const now = source.holding(entity)
        for (const record of records.values()) {
          if (record.deleted || now.has(record.key)) continue
          assert(source.wasDeleted(entity, record.key), `${entity} ${record.key} was never at the source`)
        }
      }
    },

    beforeQuietResync: () =>
      new Map(
        modelEntities.map((entity) => [
          entity,
          expectResync(source, { ...setup, historyDays }, entity, liveOf(entity)),
        ]),
      ),

    async checkQuietResync(expected: ReadonlyMap<ModelEntity, Expected>) {
      for (const entity of modelEntities) {
        const { missing = [], ...counts } = expected.get(entity) ?? {}
        const run = (await stored.runs()).findLast((each) => each.entity === entity)
        const { mode, status, created, updated, deleted, heldDeletes } = run ?? {}
        assert.deepEqual(
          { mode, status, created, updated, deleted, heldDeletes },
          { mode: 'FULL_RESYNC', status: 'SUCCEEDED', created: 0, updated: 0, ...counts },
          `the re-sync of ${entity} from a quiet source`,
        )
        const live = liveOf(entity)
        const left = live.filter((record) => missing.includes(record.key)).map((record) => record.key)
        assert.deepEqual(left, [], `${entity}: gone at the source and still there`)
        for (const follower of feeds.get(entity) ?? []) {
          const fed = await follower.toTheEnd(db.pool)
          assert.deepEqual(
            [...fed].sort(),
            live.map((record) => [record.key, record.data]).sort(),
            `${entity}: what the change feed gives, against what is stored`,
          )
        }
      }
    },

    async disconnected() {
      frozen ??= await everything()
    },

    /** Nothing has changed since the connection was disconnected, and nothing starts. */
    async checkFrozen(sync: () => Promise<void>) {
      await sync()
      assert.deepEqual(await everything(), frozen, 'something changed after the disconnect')
      assert.equal((await stored.gate()).status, 'DISCONNECTED')
    },
  }

  function liveOf(entity: ModelEntity) {
    return [...(known.get(entity)?.records.values() ?? [])].filter((record) => !record.deleted)
  }
}

const sum = (runs: readonly StoredRun[], count: 'created') => runs.reduce((total, run) => total + run[count], 0)

/** Whole numbers below a limit; the same for the same seed and order of calls. */
function drawsFrom(seed: number) {
  let state = seed + 1
  return (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return Math.floor((state / 0x80_00_00_00) * limit)
  }
}
