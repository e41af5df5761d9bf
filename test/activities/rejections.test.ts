import { afterAll, beforeAll, expect, test } from 'vitest'
import { batches } from '../../src/activities/batches.ts'
import type { Page, SourceRecord } from '../../src/connectors/contract.ts'
import type { Database } from '../../src/store/database.ts'
import { mapChanged } from '../../src/activities/map-changed.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { sampleBatch } from '../store/sample-batch.ts'
import { entityRunOf, openFreshDatabase, recordsOf, seedWriter } from '../store/seeded-connection.ts'
import { atOnce, mapped, pageOf, placed, rejectedRecord } from './page-source.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

async function* given(pages: Page[]) {
  yield* pages
}

/** Of its well records only the place is read before they are mapped. */
const waiting = (page: Page): Page => ({
  ...page,
  *unmapped() {
    for (const record of page.records()) {
      const { raw, externalId } = 'record' in record ? { ...record, ...record.record } : record
      const place = { raw, externalId: externalId ?? '', sourceCreatedAt: null, sourceUpdatedAt: null }
      yield { ...place, map: () => record }
    }
  },
})

/** All ways to cut three records into pages. */
const cuts = [[3], [1, 2], [2, 1], [1, 1, 1]]
const orders = Array.from({ length: 8 }, (_, n) => [4, 2, 1].map((bit) => (n & bit ? 'bad' : 'well')))

test.each([
  ['in one batch', 100, atOnce],
  ['each in a batch of its own, a page torn', 1, atOnce],
  ['in one batch, mapped when it is committed', 100, { ...atOnce, canWait: true }],
  ['each in a batch of its own, mapped when it is committed', 1, { ...atOnce, canWait: true }],
])(
  'of a record that comes malformed and well the last decides whether it is listed as rejected: %s',
  async (_, rows, mapping) => {
    const { writer, ...seeded } = await seedWriter(db)
    const listed: string[] = []
    let bad = 0
    for (const order of orders) {
      for (const cut of cuts) {
        const id = `${order.join()}/${cut.join()}`
        const records: SourceRecord[] = order.map((how) => (how === 'bad' ? rejectedRecord(id) : mapped(id)))
        const pages = cut.map((length, i) => {
          const start = cut.slice(0, i).reduce((sum, it) => sum + it, 0)
          return waiting(pageOf(`${i}`, records.slice(start, start + length)))
        })
        for await (const batch of batches(placed(given(pages)), { rows, bytes: 1e6, waitMs: 1e6 }, mapping)) {
          await commitBatch(db, writer, { ...sampleBatch([]), ...(await mapChanged(db, writer, batch)) })
        }
        if (order.at(-1) === 'bad') listed.push(id)
        bad += order.filter((how) => how === 'bad').length
      }
    }
    const kept = await db.prisma.rejectedRecord.findMany({ where: { connectionKey: seeded.connectionKey } })
    expect(kept.map((it) => it.externalId).sort()).toEqual(listed.sort())
    // each is counted, and a record that has come well once is there
    expect(await entityRunOf(db, seeded.entityRunId)).toMatchObject({ rejected: bad })
    expect(await recordsOf(db, seeded)).toHaveLength((orders.length - 1) * cuts.length)
  },
)
