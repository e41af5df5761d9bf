import assert from 'node:assert/strict'
import type { DemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import type { Database } from '../../src/store/database.ts'
import { checkEvents } from '../model/event-checks.ts'
import { followEvents, followFeed } from '../model/followers.ts'
import type { ModelEntity } from '../model/sequence.ts'
import { storedOf } from '../model/stored.ts'

/** After a good run of a source that is quiet: what is stored, fed and told is the source, whole and once. */
export async function checkStored(
  db: Database,
  connectionId: string,
  demo: DemoSource,
  entities: readonly ModelEntity[],
  draw: (limit: number) => number,
): Promise<void> {
  const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  const owner = { id: connectionId, key }
  const stored = storedOf(db.pool, owner)
  const runs = await stored.runs()
  for (const entity of entities) {
    const records = await stored.records(entity)
    const live = [...records.values()].filter((record) => !record.deleted)
    const source = new Map([...demo.all(entity)].map((record) => [record.key, record.json]))
    const missing = [...source.keys()].filter((id) => records.get(id)?.deleted !== false)
    assert.deepEqual(missing.slice(0, 10), [], `${entity}: ${missing.length} records are missing`)
    const wrong = live.filter((record) => source.get(record.key) !== record.raw).map((record) => record.key)
    assert.deepEqual(wrong.slice(0, 10), [], `${entity}: ${wrong.length} records are not as at the source`)
    assert.equal(live.length, source.size, `${entity}: live records`)
    assert.equal((await stored.state(entity)).recordCount, live.length, `${entity}: recordCount`)

    const mine = runs.filter((run) => run.entity === entity)
    const total = (count: 'created' | 'deleted') => mine.reduce((sum, run) => sum + run[count], 0)
    assert.equal(total('created'), records.size, `${entity}: created over all runs`)
    assert.equal(total('deleted'), records.size - live.length, `${entity}: deleted over all runs`)
    for (const { fetched, created, updated, unchanged, rejected, slot } of mine) {
      assert.equal(fetched, created + updated + unchanged + rejected, `${entity}: counts`)
      assert.equal(slot, null, `${entity}: a run that has ended holds a slot`)
    }

    const fed = await followFeed(owner, entity, () => 300 + draw(900)).toTheEnd(db.pool)
    assert.equal(fed.size, live.length, `${entity}: records in the change feed`)
    assert(
      live.every((record) => fed.get(record.key) === record.data),
      `${entity}: the change feed differs from what is stored`,
    )
  }
  const events = followEvents(connectionId, () => 500)
  await events.toTheEnd(db.pool)
  assert.equal(events.events.length, (await stored.gate()).eventSeq, 'the number of events')
  checkEvents(events.events, runs)
  assert(
    (await stored.syncRuns()).every((run) => run.finished),
    'a run has not ended',
  )
}
