import { afterEach, expect, test } from 'vitest'
import { WindowRefused } from '../../../src/connectors/errors.ts'
import { type Answer, type Asked, startFakeService, vendor } from './fake-service.ts'
import { idle, idsOf, readPages } from './reading.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function fake(answer: (asked: Asked, nth: number) => Answer) {
  const service = await startFakeService(answer)
  closing.push(service.close)
  return service
}

const filterOf = ({ query }: Asked) => query.get('$filter') ?? ''
const january = new Date('2026-01-01T00:00:00Z')
const february = new Date('2026-02-01T00:00:00Z')

type Service = Awaited<ReturnType<typeof fake>>

async function readWindow(source: ReturnType<Service['open']>, from: Date | null = january) {
  const ids: string[] = []
  const pages = source.readWindow?.('VENDOR', { from, until: february, after: null, signal: idle() }) ?? []
  for await (const page of pages) {
    for (const record of page.records()) ids.push('record' in record ? record.record.externalId : '')
  }
  return ids
}

test('a window is asked for with both bounds, on every page', async () => {
  const { open, asked } = await fake((_, nth) => ({ value: nth < 3 ? [vendor(nth)] : [] }))
  expect(await readWindow(open())).toEqual(['V001', 'V002'])
  expect(asked.map(filterOf)).toEqual([
    '(at ge 2026-01-01T00:00:00.000Z) and (at lt 2026-02-01T00:00:00.000Z)',
    `(at ge ${vendor(1).at} and (at gt ${vendor(1).at} or (ID gt 'V001'))) and (at lt 2026-02-01T00:00:00.000Z)`,
    `(at ge ${vendor(2).at} and (at gt ${vendor(2).at} or (ID gt 'V002'))) and (at lt 2026-02-01T00:00:00.000Z)`,
  ])
})

test('behind windows, records without a stamp are read of the whole period, the others from where the windows end', async () => {
  const { open, asked } = await fake(() => ({}))
  const source = open({ modified: 'maybe', created: 'at' })
  for await (const _ of source.read('VENDOR', { since: january, stampedFrom: february, after: null, signal: idle() }));
  expect(asked.map(filterOf)).toEqual([
    '(maybe eq null) and (at ge 2026-01-01T00:00:00.000Z)',
    'maybe ge 2026-02-01T00:00:00.000Z',
  ])
})

test('a service that is read by its links behind windows is read from the start of the period', async () => {
  const { open, asked } = await fake(({ query }) => (query.has('$orderby') ? { status: 501 } : { value: [vendor(1)] }))
  const source = open()
  const ids: string[] = []
  for await (const page of source.read('VENDOR', {
    since: january,
    stampedFrom: february,
    after: null,
    signal: idle(),
  }))
    for (const record of page.records()) ids.push('record' in record ? record.record.externalId : '')
  expect(ids).toEqual(['V001'])
  expect(filterOf(asked.at(-1) ?? expect.unreachable())).toBe('at ge 2026-01-01T00:00:00.000Z')
})

test('a service that refuses a window, on whichever page, is not read by windows', async () => {
  const { open } = await fake((_, nth) => (nth === 1 ? { value: [vendor(1)] } : { status: 400 }))
  await expect(readWindow(open())).rejects.toThrow(WindowRefused)
})

test('stamps that are dates, and sets without stamps, are not cut: nothing is asked', async () => {
  const { open, asked } = await fake(() => ({}))
  await expect(readWindow(open({ modified: 'day' }))).rejects.toThrow(WindowRefused)
  await expect(readWindow(open({ modified: undefined }))).rejects.toThrow(WindowRefused)
  expect(asked).toEqual([])
})

test('metadata is asked for once, however many windows begin at once, and again after a failure', async () => {
  let failing = true
  const { open, documents } = await startWithMetadata(() => failing)
  const source = open()
  await expect(readWindow(source)).rejects.toThrow()
  failing = false
  await Promise.all([
    readWindow(source),
    readWindow(source),
    readWindow(source),
    readPages(source, 'VENDOR').then(idsOf),
  ])
  expect(documents()).toBe(2)
})

async function startWithMetadata(isFailing: () => boolean) {
  let documents = 0
  const service = await startFakeService(
    () => ({}),
    undefined,
    () => {
      documents += 1
      return isFailing() ? 503 : 200
    },
  )
  closing.push(service.close)
  return { open: service.open, documents: () => documents }
}
