import { afterEach, describe, expect, it } from 'vitest'
import {
  createDemoSource,
  type DemoSource,
  type DemoSourceOptions,
} from '../../src/embedded/demo-source/create-demo-source.ts'

const anchor = new Date('2026-03-01T00:00:00.000Z')
const DAY = 86_400_000
const counts = { VENDOR: 40, PART: 50, ASSET: 30, WORK_ORDER: 60, PURCHASE_ORDER: 300 }

describe('the demo source', () => {
  const running: DemoSource[] = []

  async function start(options: Partial<DemoSourceOptions> = {}): Promise<DemoSource> {
    const demo = await createDemoSource({ anchor, counts, now: () => anchor, ...options })
    running.push(demo)
    return demo
  }

  afterEach(async () => {
    for (const demo of running.splice(0)) await demo.close()
  })

  async function get(demo: DemoSource, path: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${demo.url}/api/v1/${path}`, { headers })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  async function getJson(demo: DemoSource, path: string): Promise<unknown> {
    return JSON.parse((await get(demo, path)).text)
  }

  async function control(demo: DemoSource, method: string, action: string, body: unknown) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${demo.url}/control/${action}`, { method, headers, body: JSON.stringify(body) })
    const answer: unknown = await response.json()
    return { status: response.status, answer }
  }

  const records = (demo: DemoSource) => [...demo.all('PURCHASE_ORDER')]

  it('serves the same bytes for the same seed, and others for another', async () => {
    const [one, same, other] = [await start({ seed: 7 }), await start({ seed: 7 }), await start({ seed: 8 })]
    for (const name of ['vendors', 'parts', 'assets', 'work-orders', 'purchase-orders']) {
      const { text } = await get(one, name)
      expect((await get(same, name)).text).toBe(text)
      expect((await get(other, name)).text).not.toBe(text)
    }
  })

  it('refers only to records that are there', async () => {
    const demo = await start()
    const keys = new Set(
      (['VENDOR', 'PART', 'ASSET', 'WORK_ORDER'] as const).flatMap((entity) =>
        [...demo.all(entity)].map(({ key }) => key),
      ),
    )
    for (const entity of ['PART', 'ASSET', 'WORK_ORDER', 'PURCHASE_ORDER'] as const) {
      for (const { json } of demo.all(entity)) {
        for (const [, key = ''] of json.matchAll(/"\w+_key":"([^"]+)"/g)) expect(keys).toContain(key)
      }
    }
  })

  it('spreads modified stamps over the 85 days before the anchor, and a few long before', async () => {
    const ages = records(await start()).map(({ modified }) => (anchor.getTime() - modified.getTime()) / DAY)
    expect(ages).toEqual([...ages].sort((a, b) => b - a))
    expect(ages.filter((age) => age > 90)).toHaveLength(6)
    expect(ages.filter((age) => age > 85 && age <= 90)).toHaveLength(0)
    expect(Math.min(...ages)).toBeGreaterThan(0)
    expect(new Set(ages).size).toBe(300)
  })

  it('gives runs of equal stamps where it is asked to', async () => {
    const stamps = records(await start({ tieGroup: 25 })).map(({ modified }) => modified.getTime())
    expect(new Set(stamps).size).toBe(12)
    expect(stamps).toEqual(stamps.map((_, i) => stamps[i - (i % 25)]))
  })

  it('makes records of about the size asked for', async () => {
    const natural = records(await start()).map(({ json }) => json.length)
    const large = records(await start({ recordBytes: 4_000 })).map(({ json }) => json.length)
    expect(natural.reduce((sum, bytes) => sum + bytes, 0) / 300).toBeLessThan(1_250)
    expect(Math.min(...natural)).toBeGreaterThanOrEqual(1_000)
    expect(new Set(large)).toEqual(new Set([4_000]))
  })

  it('pages by an opaque cursor that stays valid for any page size', async () => {
    const demo = await start({ tieGroup: 50 })
    const seen: string[] = []
    let after: string | null = null
    for (let limit = 1; ; limit += 6) {
      const { text } = await get(demo, `purchase-orders?limit=${limit}${after === null ? '' : `&after=${after}`}`)
      seen.push(...[...text.matchAll(/"order_id":"([^"]+)"/g)].map(([, key = '']) => key))
      const [, next] = /"next":(?:"([\w-]+)"|null)\}$/.exec(text) ?? []
      if (next === undefined) break
      after = next
    }
    expect(seen).toEqual(records(demo).map(({ key }) => key))
  })

  it('serves a page unchanged until one of its records changes', async () => {
    const demo = await start()
    const [, second = '', third] = records(demo).map(({ key }) => key)
    const before = await get(demo, 'purchase-orders?limit=2')
    expect((await get(demo, 'purchase-orders?limit=2')).text).toBe(before.text)
    demo.touch('PURCHASE_ORDER', [second])
    const after = await get(demo, 'purchase-orders?limit=2')
    expect(after.text).not.toContain(`"${second}"`)
    expect(after.text).toContain(`"${third}"`)
    expect((await get(demo, `purchase-orders?since=${anchor.toISOString()}`)).text).toContain(`"${second}"`)
  })

  it('tells the same of its records by page, count, key and oracle after any changes', async () => {
    let time = anchor.getTime()
    const demo = await start({ now: () => new Date(time) })
    const keys = records(demo).map(({ key }) => key)
    demo.remove('PURCHASE_ORDER', keys.slice(10, 20))
    for (const round of [1, 2, 3]) {
      time += 1_000
      expect(demo.touch('PURCHASE_ORDER', keys.slice(15, 25 + round))).toBe(5 + round)
      expect(demo.touch('PURCHASE_ORDER', 7)).toBe(7)
      const [added = ''] = demo.insert('PURCHASE_ORDER', 3)
      demo.remove('PURCHASE_ORDER', [added])
      expect(await getJson(demo, `purchase-orders/existing?key=${added}&key=${keys[0]}`)).toEqual({ keys: [keys[0]] })
    }
    const now = records(demo)
    const { items } = (await getJson(demo, 'purchase-orders?limit=5000')) as { items: unknown[] } // the shape is what is tested
    expect(now).toHaveLength(300 - 10 + 6)
    expect(items).toEqual(now.map(({ json }) => JSON.parse(json) as unknown))
    expect(await getJson(demo, 'purchase-orders/count')).toEqual({ count: now.length })
    const recent = now.filter(({ modified }) => modified >= anchor)
    expect(await getJson(demo, `purchase-orders/count?since=${anchor.toISOString()}`)).toEqual({ count: recent.length })
  })

  it('changes what it serves of a record that is touched', async () => {
    const demo = await start()
    const [record] = records(demo)
    demo.touch('PURCHASE_ORDER', [record?.key ?? ''])
    const changed = records(demo).find(({ key }) => key === record?.key)
    expect(JSON.parse(changed?.json ?? '')).toMatchObject({ rev: 1, modified_at: anchor.toISOString() })
  })

  it('shows one clock everywhere, never earlier than its anchor', async () => {
    const demo = await start({ now: () => new Date(anchor.getTime() - DAY) })
    const { text, headers } = await get(demo, 'clock')
    expect(JSON.parse(text)).toEqual({ now: anchor.getTime() })
    expect(headers.get('date')).toBe(anchor.toUTCString())
  })

  it('asks for its API key where it has one', async () => {
    const demo = await start({ apiKey: 'open sesame' })
    expect((await get(demo, 'clock')).status).toBe(401)
    expect((await get(demo, 'clock', { authorization: 'Bearer open sesame' })).status).toBe(200)
  })

  it('takes changes and switches over HTTP', async () => {
    const demo = await start()
    const [key] = records(demo).map((record) => record.key)
    expect((await control(demo, 'POST', 'touch', { collection: 'purchase-orders', count: 5 })).answer).toEqual({
      touched: 5,
    })
    expect((await control(demo, 'POST', 'delete', { collection: 'purchase-orders', keys: [key, 'x'] })).answer).toEqual(
      { deleted: 1 },
    )
    expect((await control(demo, 'POST', 'insert', { collection: 'purchase-orders' })).answer).toEqual({
      keys: ['PO-00000300'],
    })
    expect((await control(demo, 'PUT', 'switches', { refuse: true })).answer).toMatchObject({
      refuse: true,
      html: false,
    })
    expect((await get(demo, 'clock')).status).toBe(401)
  })

  it.each([
    ['PUT', 'switches', { refuse: 1 }],
    ['PUT', 'switches', { explode: true }],
    ['POST', 'touch', { collection: 'nothing', count: 1 }],
    ['POST', 'delete', { collection: 'parts' }],
    ['POST', 'insert', []],
  ])('says what is wrong with %s %s %j', async (method, action, body) => {
    const { status, answer } = await control(await start(), method, action, body)
    expect(status).toBe(400)
    expect(answer).toEqual({ error: expect.stringMatching(/\.$/) })
  })

  it('has no control where it is disabled, nor for a page in a browser', async () => {
    expect((await fetch(`${(await start({ control: false })).url}/control/switches`)).status).toBe(404)
    const plain = await fetch(`${(await start()).url}/control/switches`, { method: 'PUT', body: '{"refuse":true}' })
    expect(plain.status).toBe(415)
  })

  it('closes while a client waits for an answer that never comes', async () => {
    const demo = await createDemoSource({ anchor, counts, switches: { hang: true } })
    const asked = fetch(`${demo.url}/api/v1/clock`)
    const refused = expect(asked).rejects.toThrow()
    await demo.close()
    await refused
  })
})
