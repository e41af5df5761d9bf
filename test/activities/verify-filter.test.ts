import { expect, test } from 'vitest'
import type { Connector, Page, Source } from '../../src/connectors/contract.ts'
import { ListContradicted } from '../../src/connectors/errors.ts'
import type { OpenRun } from '../../src/activities/open-run.ts'
import type { PassContext } from '../../src/activities/read-pass.ts'
import { createFilterCheck } from '../../src/activities/verify-filter.ts'
import { mapped, pageOf } from './page-source.ts'

const dayMs = 86_400_000
const since = new Date('2026-03-01T00:00:00.000Z')
const old = new Date(since.getTime() - 30 * dayMs)

/** The check of a run whose source answers everything, whatever it is asked. */
function checkOfOne() {
  let asked = 0
  const source = {
    async *read(): AsyncGenerator<Page> {
      asked += 1
      const record = mapped('old')
      const stamped = 'record' in record ? { ...record, record: { ...record.record, sourceUpdatedAt: old } } : record
      yield pageOf('1', [stamped])
    },
  } as Partial<Source> as Source // the check only reads
  const open = { source, connector: {} as Connector, config: {} } as OpenRun // and looks at nothing else
  const window = { start: since, end: since, skewMs: 0, clockSetBackMs: 0, estimatedTotal: null }
  const run = { entity: 'PART' } as PassContext['run'] // of which it needs the name
  const check = createFilterCheck({ run, open, window, signal: new AbortController().signal })
  return { check, asked: () => asked }
}

const rows = (count: number, stamp: Date) =>
  Array.from({ length: count }, (_, i) => ({ externalId: `R${i}`, sourceCreatedAt: null, sourceUpdatedAt: stamp }))

test('old records are counted over all batches of a pass: small ones do not hide that the filter is ignored', async () => {
  const { check } = checkOfOne()
  await check(rows(9, old), since)
  await check(rows(9, old), since)
  await expect(check(rows(9, old), since)).rejects.toBeInstanceOf(ListContradicted)
})

test('a few old records, or fewer than the others, are let go, and each pass is counted by itself', async () => {
  const { check, asked } = checkOfOne()
  await check(rows(20, old), since)
  await check(rows(20, old), new Date(since.getTime() + 1))
  await check(rows(30, since), since)
  await check(rows(25, old), since)
  expect(asked()).toBe(0)
})
