import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../src/connectors/contract.ts'
import { demoConfig, demoCredentials } from '../../../src/connectors/demo/config.ts'
import { createDemoConnector } from '../../../src/connectors/demo/demo-connector.ts'
import { AnswerInvalid, ConfigurationInvalid, CredentialsRejected } from '../../../src/connectors/errors.ts'
import { entities, syncedEntities, type SyncedEntity } from '../../../src/model/entities.ts'
import { openDemo, startDemo } from './demo-rig.ts'

const counts = { VENDOR: 60, PART: 60, ASSET: 60, WORK_ORDER: 60, PURCHASE_ORDER: 60 }
const idle = () => new AbortController().signal

describe('the demo connector', () => {
  let rig: Awaited<ReturnType<typeof startDemo>>

  beforeEach(async () => {
    rig = await startDemo({ counts })
  })

  afterEach(() => rig.close())

  async function read(entity: SyncedEntity): Promise<SourceRecord[]> {
    const records: SourceRecord[] = []
    const source = openDemo(rig.demo.url, rig.http, { pageSize: 25 })
    for await (const page of source.read(entity, { since: null, after: null, signal: idle() }))
      records.push(...page.records())
    return records
  }

  it.each(syncedEntities)('fills the unified fields of %s, enums included', async (entity) => {
    const values = new Map<string, Set<unknown>>()
    for (const result of await read(entity)) {
      const fields = 'record' in result ? result.record.fields : {}
      for (const [name, value] of Object.entries(fields)) values.set(name, (values.get(name) ?? new Set()).add(value))
    }
    const unknownNames = [...values.keys()].filter((name) => !(name in entities[entity].schema.shape))
    expect(unknownNames).toEqual([])
    for (const [name, seen] of values) {
      expect([name, [...seen].some((value) => value !== null && value !== undefined)]).toEqual([name, true])
      if (`${name}Raw` in entities[entity].schema.shape) expect([name, seen.has(null)]).toEqual([name, false])
    }
  })

  it.each([
    ['VENDOR', 'supplier_id is not a key', 'isManufacturer: Invalid input: expected boolean, received string'],
    ['PART', 'item_id is not a key', 'standardCost.amount: is not a decimal number'],
    ['ASSET', 'asset_id is not a key', 'installedAt: is not a date'],
    ['WORK_ORDER', 'job_id is not a key', 'estimatedMinutes: Invalid input: expected number, received string'],
    ['PURCHASE_ORDER', 'order_id is not a key', 'lines.0.quantity.value: is not a decimal number'],
  ] as const)('rejects the broken records of %s and says which field is to blame', async (entity, noKey, badValue) => {
    expect((await read(entity)).filter((result) => 'rejected' in result)).toEqual([])
    rig.demo.setSwitches({ malformed: 10 })
    const rejected = (await read(entity)).filter((result) => 'rejected' in result)
    const broken = [...rig.demo.all(entity)].filter(({ malformed }) => malformed)
    expect(rejected).toHaveLength(6)
    expect(rejected.map(({ raw }) => raw)).toEqual(broken.map(({ json }) => json))
    expect(rejected.filter(({ externalId }) => externalId === null)).toHaveLength(3)
    expect(rejected.map((result) => result.rejected)).toEqual([badValue, noKey, badValue, noKey, badValue, noKey])
  })

  it('hands on each record exactly as the source sent it', async () => {
    const raws = (await read('PURCHASE_ORDER')).map(({ raw }) => raw)
    expect(raws).toEqual([...rig.demo.all('PURCHASE_ORDER')].map(({ json }) => json))
  })

  it('tells the time of the source in milliseconds', async () => {
    const before = Date.now()
    const now = await openDemo(rig.demo.url, rig.http).now(idle())
    expect(now?.getTime()).toBeGreaterThanOrEqual(before)
    expect(now?.getTime()).toBeLessThanOrEqual(Date.now())
  })

  it('takes a web page for no answer', async () => {
    rig.demo.setSwitches({ html: true })
    await expect(openDemo(rig.demo.url, rig.http).check(idle())).rejects.toBeInstanceOf(AnswerInvalid)
    await expect(read('VENDOR')).rejects.toBeInstanceOf(AnswerInvalid)
  })

  it('says so when the source refuses it', async () => {
    rig.demo.setSwitches({ refuse: true })
    await expect(openDemo(rig.demo.url, rig.http).check(idle())).rejects.toBeInstanceOf(CredentialsRejected)
  })

  it('ends at once when it is aborted while the source does not answer', async () => {
    rig.demo.setSwitches({ hang: true })
    const controller = new AbortController()
    const { signal } = controller
    const reason = new Error('enough')
    const source = openDemo(rig.demo.url, rig.http)
    const counting = source.count('PART', null, signal)
    const reading = source.read('PART', { since: null, after: null, signal })[Symbol.asyncIterator]().next()
    const refusals = Promise.all([expect(counting).rejects.toBe(reason), expect(reading).rejects.toBe(reason)])
    controller.abort(reason)
    await refusals
  })

  it('asks more keys than fit into one question', async () => {
    const keys = rig.demo.insert('PART', 450)
    expect((await openDemo(rig.demo.url, rig.http).existing?.('PART', keys, idle()))?.size).toBe(450)
  })
})

describe('the config of the demo connector', () => {
  const http = { get: () => Promise.reject(new Error('not to be asked')), usage: { requests: 0, bytes: 0 } }

  it('needs a baseUrl where no demo source runs', () => {
    const { open } = createDemoConnector({ defaultBaseUrl: null })
    expect(() => open({ config: {}, credentials: {}, http })).toThrow(ConfigurationInvalid)
    expect(() => open({ config: {}, credentials: {}, http })).toThrow(expect.objectContaining({ path: ['baseUrl'] }))
  })

  it('has a lag of two seconds unless it says otherwise', () => {
    const { clock } = createDemoConnector({ defaultBaseUrl: null })
    expect(clock({}).lagMs).toBe(2_000)
    expect(clock({ lagSeconds: 0 }).lagMs).toBe(0)
  })

  it.each([
    { baseUrl: 'ftp://demo.example' },
    { baseUrl: 'https://user:password@demo.example' },
    { pageSize: 5_001 },
    { pageSize: 0 },
    { lagSeconds: -1 },
    { pagesize: 10 },
  ])('refuses %j', (config) => {
    expect(demoConfig.safeParse(config).success).toBe(false)
  })

  it('takes no credentials, or an API key that is never shown', () => {
    expect(demoCredentials.safeParse({}).success).toBe(true)
    expect(demoCredentials.safeParse({ token: 'x' }).success).toBe(false)
    expect(demoCredentials.shape.apiKey.unwrap().meta()).toMatchObject({ writeOnly: true })
  })
})
