import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AnswerInvalid, ConfigurationInvalid, CredentialsRejected } from '../../../src/connectors/errors.ts'
import type { MappedRecord } from '../../../src/model/record.ts'
import { capCredentials, capEntities, startCapRig } from './cap-rig.ts'
import { idle, idsOf, mapped, readPages } from './reading.ts'

const orderCount = 3_200
const sorted = (ids: readonly unknown[]) => [...ids].map(String).sort()

describe('the OData connector against SAP CAP', () => {
  let rig: Awaited<ReturnType<typeof startCapRig>>
  beforeAll(async () => {
    rig = await startCapRig()
  })
  afterAll(() => rig.close())

  it('finds at the check what is configured', async () => {
    expect(await rig.open().check(idle())).toEqual(['VENDOR', 'PART', 'PURCHASE_ORDER'])
  })

  it('reads every order with its lines, each once, those without a stamp first', async () => {
    const source = rig.open()
    const rows = await rig.cap.rows('Orders', '?$expand=lines')
    const pages = await readPages(source, 'PURCHASE_ORDER')
    expect(rows).toHaveLength(orderCount)
    expect(idsOf(pages)).toHaveLength(orderCount)
    expect(sorted(idsOf(pages))).toEqual(sorted(rows.map((row) => row['ID'])))
    const read = new Map(
      pages.flatMap((page) => page.records).map((it) => [mapped(it).externalId, summary(mapped(it))]),
    )
    expect(rows.map((row) => read.get(String(row['ID'])))).toEqual(
      rows.map((row) => [
        row['ID'],
        row['orderDate'],
        row['vendor_ID'],
        String(row['total']),
        (row['lines'] as unknown[]).length,
        row.modifiedAt,
      ]),
    )
    const stamps = pages
      .flatMap((page) => page.records)
      .map((it) => mapped(it).sourceUpdatedAt?.getTime() ?? Number.NEGATIVE_INFINITY)
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
    expect(stamps.filter((stamp) => stamp === Number.NEGATIVE_INFINITY)).toHaveLength(32)
    expect(source.readsByKey('PURCHASE_ORDER')).toBe(true)
  })

  it('maps words, amounts and lines', async () => {
    const [, page] = await readPages(rig.open(), 'PURCHASE_ORDER') // the first holds those without a stamp
    const records = page?.records.map(mapped) ?? []
    expect(records[0]?.fields).toMatchObject({
      status: 'APPROVED',
      statusRaw: 'Approved',
      total: { amount: '1234567890123.45', currency: 'EUR' },
      lines: [],
    })
    expect(records.find(({ fields }) => fields['status'] === 'PARTIALLY_RECEIVED')?.fields['lines']).toContainEqual({
      lineNumber: 10,
      partExternalId: 'MAT-0',
      quantity: { value: '1.5', uom: 'EA' },
      unitPrice: { amount: '0.1', currency: 'EUR' },
    })
  })

  it('keeps the etag as the version and out of the stable text', async () => {
    const [, page] = await readPages(rig.open(), 'PURCHASE_ORDER') // without a stamp there is no etag
    const [record] = page?.records ?? []
    expect(record && mapped(record).sourceVersion).toMatch(/^W\//)
    expect(record?.raw).toContain('@odata.etag')
    expect(JSON.parse(record?.stableRaw ?? '')).toEqual(without(JSON.parse(record?.raw ?? ''), '@odata.etag'))
  })

  it.each([3, 7, 100, 250, 1_000])(
    'loses and repeats nothing with pages of %i, which end between equal stamps',
    async (pageSize) => {
      const since = new Date(
        (await rig.cap.rows('Orders', '?$orderby=modifiedAt%20desc,ID&$top=200&$filter=modifiedAt%20ne%20null')).at(-1)
          ?.modifiedAt ?? '',
      )
      const expected = (await rig.cap.rows('Orders')).filter(
        (row) => row.modifiedAt !== null && new Date(row.modifiedAt) >= since,
      )
      const ids = idsOf(await readPages(rig.open({ pageSize, entities: stampedOnly }), 'PURCHASE_ORDER', { since }))
      expect(ids).toHaveLength(expected.length)
      expect(sorted(ids)).toEqual(sorted(expected.map((row) => row['ID'])))
    },
  )

  it('counts what a window holds', async () => {
    const source = rig.open()
    const rows = await rig.cap.rows('Orders')
    const since = new Date('2026-01-01T05:00:00Z')
    const createdWithin = rows.filter((row) => row.modifiedAt !== null && new Date(row.modifiedAt) >= since)
    expect(await source.count('PURCHASE_ORDER', null, idle())).toBe(orderCount)
    expect(await source.count('PURCHASE_ORDER', since, idle())).toBe(createdWithin.length)
    expect(idsOf(await readPages(source, 'PURCHASE_ORDER', { since }))).toHaveLength(createdWithin.length)
    expect(await source.count('PART', null, idle())).toBe(60)
  })

  it('reads in every window what has no stamp, where nothing tells when it was created', async () => {
    const { created: _, ...order } = capEntities.PURCHASE_ORDER
    const source = rig.open({ entities: { PURCHASE_ORDER: order } })
    const since = new Date('2030-01-01T00:00:00Z')
    const ids = idsOf(await readPages(source, 'PURCHASE_ORDER', { since }))
    expect(ids).toHaveLength(32)
    expect(await source.count('PURCHASE_ORDER', since, idle())).toBe(32)
  })

  it('goes on behind every cursor', async () => {
    const { expand: _, ...order } = capEntities.PURCHASE_ORDER
    const config = { pageSize: 250, entities: { PURCHASE_ORDER: order } }
    const pages = await readPages(rig.open(config), 'PURCHASE_ORDER')
    expect(pages.length).toBeGreaterThan(12)
    for (const [i, { cursor }] of pages.entries()) {
      const resumed = rig.open(config)
      expect(idsOf(await readPages(resumed, 'PURCHASE_ORDER', { after: cursor }))).toEqual(idsOf(pages.slice(i + 1)))
      expect(resumed.readsByKey('PURCHASE_ORDER')).toBe(true)
    }
  })

  it('reads composite keys, and says what they are made of', async () => {
    const pages = await readPages(rig.open({ pageSize: 7 }), 'PART')
    const rows = await rig.cap.rows('Stock')
    expect(idsOf(pages)).toHaveLength(60)
    expect(sorted(idsOf(pages))).toEqual(sorted(rows.map((row) => `${row['plant']}|${row['number']}`)))
    const [record] = pages[0]?.records.map(mapped) ?? []
    expect(record).toMatchObject({ externalId: 'P0|0', externalKey: { plant: 'P0', number: 0 } })
  })

  it('applies the filter of the config everywhere', async () => {
    const filter = "status eq 'Approved' or status eq 'none'"
    const source = rig.open({ entities: { PURCHASE_ORDER: { ...capEntities.PURCHASE_ORDER, filter } } })
    const rows = (await rig.cap.rows('Orders')).filter((row) => row['status'] === 'Approved')
    const ids = idsOf(await readPages(source, 'PURCHASE_ORDER'))
    expect(sorted(ids)).toEqual(sorted(rows.map((row) => row['ID'])))
    expect(await source.count('PURCHASE_ORDER', null, idle())).toBe(rows.length)
  })

  it('says which records exist, for more than one request can ask', async () => {
    const source = rig.open()
    const ids = (await rig.cap.rows('Orders')).map((row) => String(row['ID']))
    const found = await source.existing?.(
      'PURCHASE_ORDER',
      [...ids.slice(0, 120), 'no-1', "it's not", '4999999999'],
      idle(),
    )
    expect(sorted([...(found ?? [])])).toEqual(sorted(ids.slice(0, 120)))
    expect(await source.existing?.('PART', ['P0|0', 'P0|1', 'P1', 'P1|x', 'P1|1'], idle())).toEqual(
      new Set(['P0|0', 'P1|1']),
    )
  })

  it("tells the source's time", async () => {
    const now = await rig.open().now(idle())
    expect(Math.abs((now?.getTime() ?? 0) - Date.now())).toBeLessThan(3_000)
  })

  it('refuses a bad password at the check and when reading', async () => {
    const source = rig.open({}, { ...capCredentials, password: 'wrong' })
    await expect(source.check(idle())).rejects.toBeInstanceOf(CredentialsRejected)
    await expect(readPages(source, 'PURCHASE_ORDER')).rejects.toBeInstanceOf(CredentialsRejected)
    await expect(source.count('PURCHASE_ORDER', null, idle())).rejects.toBeInstanceOf(CredentialsRejected)
    await expect(source.now(idle())).rejects.toBeInstanceOf(CredentialsRejected)
  })

  it.each([
    ['set', { set: 'Nothing' }, ['set']],
    ['key', { key: ['id'] }, ['key', '0']],
    ['modified', { modified: 'changedAt' }, ['modified']],
    ['modified of another type', { modified: 'status' }, ['modified']],
    ['field', { fields: { number: 'OrderNo' } }, ['fields', 'number']],
    [
      'field of a line',
      { fields: { lines: { from: 'lines', fields: { lineNumber: 'no' } } } },
      ['fields', 'lines', 'fields', 'lineNumber'],
    ],
    [
      'relation that is not expanded',
      { expand: 'vendor', fields: { lines: { from: 'lines', fields: { lineNumber: 'pos' } } } },
      ['fields', 'lines', 'from'],
    ],
    ['filter', { filter: 'no such thing' }, []],
    ['expand', { expand: 'nothing' }, ['fields', 'lines', 'from']],
  ])('names what is wrong in the config: %s', async (_name, wrong, path) => {
    const source = rig.open({ entities: { PURCHASE_ORDER: { ...capEntities.PURCHASE_ORDER, ...wrong } } })
    const error = await source.check(idle()).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(ConfigurationInvalid)
    expect(error).toMatchObject({ path: ['entities', 'PURCHASE_ORDER', ...path] })
  })

  it('names a base URL without a service', async () => {
    const error = await rig
      .open({ baseUrl: rig.cap.baseUrl.replace('procurement', 'nothing') })
      .check(idle())
      .catch((it: unknown) => it)
    expect(error).toMatchObject({ name: 'ConfigurationInvalid', path: ['baseUrl'] })
  })

  it('refuses a cursor that it has not given', async () => {
    await expect(readPages(rig.open(), 'PART', { after: 'x' })).rejects.toBeInstanceOf(AnswerInvalid)
  })
})

describe('while orders are modified', () => {
  let rig: Awaited<ReturnType<typeof startCapRig>>
  afterEach(() => rig.close())

  it('the OData connector loses none, and brings what was modified', async () => {
    rig = await startCapRig()
    const before = (await rig.cap.rows('Orders')).map((row) => String(row['ID']))
    const seen = new Set<string>()
    const changed = new Set<string>()
    const pages = await readPages(rig.open({ pageSize: 250 }), 'PURCHASE_ORDER', {
      async onPage({ ids }, i) {
        for (const id of ids) seen.add(id)
        if (i > 4) return
        const unread = before.filter((id) => !seen.has(id))
        for (const id of [ids[0], ids.at(-1), unread[0], unread.at(-1)]) {
          if (id === undefined || changed.has(id)) continue
          changed.add(id)
          await rig.cap.patch(`Orders('${id}')`, { status: 'Closed' })
        }
      },
    })
    expect(changed.size).toBeGreaterThan(10)
    expect(sorted([...new Set(idsOf(pages))])).toEqual(sorted(before))
    const latest = new Map(
      pages.flatMap((page) => page.records).map((it) => [mapped(it).externalId, mapped(it).fields['status']]),
    )
    for (const id of changed) expect([id, latest.get(id)]).toEqual([id, 'CLOSED'])
  })
})

const { created: _created, ...orderByStamp } = capEntities.PURCHASE_ORDER
const stampedOnly = { PURCHASE_ORDER: { ...orderByStamp, filter: 'modifiedAt ne null' } }

function summary({ fields, sourceUpdatedAt }: MappedRecord) {
  const total = fields['total'] as { amount: string }
  const stamp = sourceUpdatedAt?.toISOString() ?? null
  return [
    fields['number'],
    fields['orderDate'],
    fields['vendorExternalId'],
    total.amount,
    (fields['lines'] as unknown[]).length,
    stamp,
  ]
}

function without(value: Record<string, unknown>, name: string) {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
}
