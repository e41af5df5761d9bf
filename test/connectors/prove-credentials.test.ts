import { afterEach, describe, expect, it } from 'vitest'
import { CredentialsRejected, SourceUnavailable } from '../../src/connectors/errors.ts'
import { createODataConnector } from '../../src/connectors/odata/connector.ts'
import { openDemo, startDemo } from './demo/demo-rig.ts'
import { startFakeService, vendor } from './odata/fake-service.ts'

const idle = () => new AbortController().signal
const nothing = { VENDOR: 0, PART: 0, ASSET: 0, WORK_ORDER: 0, PURCHASE_ORDER: 0 }
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('a source that shows no record of any entity', () => {
  async function demo(options: Parameters<typeof startDemo>[0], credentials: { apiKey?: string }) {
    const rig = await startDemo(options)
    closing.push(() => rig.close())
    const asked = () => rig.demo.requests().length
    return { ...rig, asked, check: () => openDemo(rig.demo.url, rig.http, {}, credentials).check(idle()) }
  }

  it('and answers wrong credentials in the same way is not believed', async () => {
    const { check } = await demo({ apiKey: 'right', switches: { badKeyEmpty: true } }, { apiKey: 'wrong' })
    await expect(check()).rejects.toBeInstanceOf(CredentialsRejected)
    await expect(check()).rejects.toThrow('answers wrong credentials in the same way')
  })

  it('is empty where it refuses wrong credentials', async () => {
    const { check, asked } = await demo({ apiKey: 'right', counts: nothing }, { apiKey: 'right' })
    expect(await check()).toHaveLength(5)
    expect(asked()).toBe(6)
  })

  it('is not asked with wrong credentials where it needs none, nor one that shows a record', async () => {
    const empty = await demo({ counts: nothing }, {})
    expect(await empty.check()).toHaveLength(5)
    const open = await demo({ counts: { ...nothing, PART: 1 } }, { apiKey: 'any' })
    expect(await open.check()).toHaveLength(5)
    expect([empty.asked(), open.asked()]).toEqual([5, 5])
  })
})

describe('an OData service that shows no record', () => {
  async function service(answer: Parameters<typeof startFakeService>[0]) {
    const fake = await startFakeService(answer)
    closing.push(() => fake.close())
    return fake
  }

  it('to any credentials is not believed, and one that fails meanwhile has not answered', async () => {
    await expect((await service(() => ({}))).open().check(idle())).rejects.toBeInstanceOf(CredentialsRejected)
    const away = await service((_, nth) => ({ status: nth === 1 ? 200 : 503 }))
    await expect(away.open().check(idle())).rejects.toBeInstanceOf(SourceUnavailable)
  })

  it.each([401, 403, 400])('to ours and answers %s to wrong ones is empty', async (status) => {
    const fake = await service((_, nth) => ({ status: nth === 1 ? 200 : status }))
    expect(await fake.open().check(idle())).toEqual(['VENDOR'])
  })

  it('is not asked twice where it shows a record, or where there are no credentials', async () => {
    const full = await service(() => ({ value: [vendor(1)] }))
    await full.open().check(idle())
    const open = await service(() => ({}))
    const connector = createODataConnector()
    const entities = { VENDOR: { set: 'Vendors', key: ['ID'], modified: 'at', fields: { name: 'name' } } }
    const config = connector.configSchema.parse({ baseUrl: `${open.origin}/service/`, entities })
    await connector.open({ config, credentials: { type: 'none' }, http: open.http }).check(idle())
    expect([full.asked.length, open.asked.length]).toEqual([1, 1])
  })
})
