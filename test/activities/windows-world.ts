import { expect } from 'vitest'
import { batchLimits } from '../../src/activities/batches.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { entityRunOf, recordsOf, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce } from './pull-once.ts'
import type { Moment, Sequence } from './windows-sequence.ts'
import { playSource } from './windows-source.ts'

export interface Played {
  /** Whether the initial run read windows to their end. */
  byWindows: boolean
  /** Whether a run went on in the middle of a window. */
  resumed: boolean
}

/** Plays one sequence: INITIAL, INCREMENTAL, FULL_RESYNC, INCREMENTAL, FULL_RESYNC; compares what is stored with what the source holds. */
export async function play(db: Database, { setup, initial, writes, resync, quietResync }: Sequence): Promise<Played> {
  const { script, deps, turns, arm, write, written, failed, unexpected } = playSource(db, setup)
  Object.assign(batchLimits, { rows: setup.batchRows, waitMs: 3_600_000 }) // never by the clock
  const seeded = await seedConnection(db)
  await db.prisma.connection.update({ where: { id: seeded.connectionId }, data: { deleteGuardPercent: 100 } })

  arm(initial)
  await run('INITIAL')
  const byWindows = script.reads.some((read) => read.stampedFrom)
  await catchUp()

  arm([])
  for (const it of writes) write(it)
  arm(resync)
  await run('FULL_RESYNC')
  await catchUp()

  const gone = [...(await stored()).keys()].filter((id) => !script.records.some((record) => record.id === id))
  script.asked.length = 0
  const last = await quietly(quietResync, 'FULL_RESYNC')
  expect(last).toMatchObject({ created: 0, updated: 0, deleted: gone.length })
  // what was seen, in a window or behind them, is not in doubt; five of it are asked for with what is missing
  const inDoubt = script.asked.flatMap((ids) => ids.slice(0, -5))
  expect(inDoubt.sort()).toEqual(setup.asksByKey ? gone.sort() : [])
  expect(await missing()).toEqual([])
  expect((await stored()).size).toBe(script.records.length)
  return { byWindows, resumed: script.windows.some((window) => window.after !== null) }

  /** An incremental run while nothing is written: it brings whatever is missing. */
  async function catchUp() {
    await quietly([], 'INCREMENTAL')
    expect(await missing()).toEqual([])
  }

  async function quietly(moments: readonly Moment[], mode: SyncMode) {
    script.now = new Date(script.now.getTime() + 10_000)
    arm(moments)
    return run(mode)
  }

  /** A run, call after call, until it has ended; what was not written meanwhile is stored behind it. */
  async function run(mode: SyncMode) {
    const before = await stored()
    const [entityRunId = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode }])).entityRunIds
    for (let calls = 0; ; calls++) {
      const failedBefore = failed()
      const result = await turns.until(pullOnce(deps, entityRunId, { retrying: calls > 0 }).catch(() => null))
      if (unexpected.length > 0) throw unexpected[0]
      if (result?.done) {
        const { fence, watermark } = result
        await endEntityRun(db, entityRunId, { status: 'SUCCEEDED', fence, watermark })
        break
      }
      if (failed() === failedBefore) throw new Error(`call ${calls} of ${mode} stopped though no request failed`)
    }
    if (mode !== 'INCREMENTAL') expect((await missing()).filter(({ id }) => !written.has(id))).toEqual([])
    const after = await stored()
    const older = [...before].filter(([id, name]) => versionOf(after.get(id) ?? name) < versionOf(name))
    expect(older).toEqual([])
    return entityRunOf(db, entityRunId)
  }

  async function stored(): Promise<Map<string, string>> {
    const live = (await recordsOf(db, seeded)).filter((record) => !record.deletedAt)
    return new Map(live.map(({ externalId, data }) => [externalId, (data as { name: string }).name])) // as mapped
  }

  /** What the source holds and is not stored as it is. */
  async function missing() {
    const names = await stored()
    const held = script.records.map(({ id, stamp, fields }) => ({ id, stamp, held: fields?.['name'] }))
    return held.map((it) => ({ ...it, stored: names.get(it.id) })).filter((it) => it.held !== it.stored)
  }
}

const versionOf = (name: string) => Number(name.slice(1))
