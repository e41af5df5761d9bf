import { afterEach, expect, test } from 'vitest'
import {
  createDemoSource,
  type DemoSource,
  type DemoSourceOptions,
} from '../../src/embedded/demo-source/create-demo-source.ts'

const anchor = new Date('2026-03-01T00:00:00.000Z')
const counts = { VENDOR: 10, PART: 50, ASSET: 10, WORK_ORDER: 10, PURCHASE_ORDER: 60 }
const running: DemoSource[] = []

/** A source whose clock stands at `time.ms`. */
async function start(options: Partial<DemoSourceOptions> = {}) {
  const time = { ms: anchor.getTime() + 1_234 }
  const demo = await createDemoSource({ anchor, counts, now: () => new Date(time.ms), ...options })
  running.push(demo)
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${demo.url}/api/v1/${path}`, { headers })
  const text = async (path: string) => (await ask(path)).text()
  /** Keys, in the order of the list. */
  const keys = async (path: string) =>
    [...(await text(path)).matchAll(/"(?:item|order)_id":"([^"]+)"/g)].map((it) => it[1])
  const json = async (path: string) => (await ask(path)).json() as Promise<Record<string, unknown>> // objects, all of them
  const statuses = async (n: number, path = 'clock') => {
    const seen: number[] = []
    for (let i = 0; i < n; i++) seen.push((await ask(path)).status)
    return seen
  }
  return { demo, time, ask, text, keys, json, statuses }
}

afterEach(async () => {
  for (const demo of running.splice(0)) await demo.close()
})

test('error500 fails every nth request, counted from when it was set', async () => {
  const { demo, statuses } = await start({ switches: { error500: 3 } })
  expect(await statuses(6)).toEqual([200, 200, 500, 200, 200, 500])
  demo.setSwitches({ error500: 2 })
  expect(await statuses(4)).toEqual([200, 500, 200, 500])
  demo.setSwitches({ error500: 0 })
  expect(await statuses(2)).toEqual([200, 200])
})

test.each([
  ['throttle429', 429],
  ['throttle503', 503],
] as const)('%s answers %i, with Retry-After where it is set', async (name, status) => {
  const { demo, ask } = await start({ switches: { [name]: 1 } })
  const bare = await ask('clock')
  expect([bare.status, bare.headers.get('retry-after')]).toEqual([status, null])
  demo.setSwitches({ retryAfter: 7 })
  expect((await ask('clock')).headers.get('retry-after')).toBe('7')
})

test('throttle403 says what it means in its body alone', async () => {
  const { demo, ask } = await start({ switches: { throttle403: 1, retryAfter: 7 } })
  const answer = await ask('parts')
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([403, null])
  expect(await answer.text()).toContain('Too many requests')
  expect(demo.requests()).toMatchObject([{ path: '/api/v1/parts', status: 403 }])
})

test('reset breaks every nth answer in its middle', async () => {
  const { text } = await start({ switches: { reset: 2 } })
  expect(await text('parts')).toContain('"next":null')
  await expect(text('parts')).rejects.toThrow()
  expect(await text('parts')).toContain('"next":null')
})

test('slow lets an answer trickle, whole in the end', async () => {
  const { demo, ask, text } = await start()
  const whole = await text('clock')
  demo.setSwitches({ slow: 5 })
  const chunks: string[] = []
  const body = (await ask('clock')).body
  for await (const chunk of body ?? []) chunks.push(Buffer.from(chunk).toString())
  expect(chunks.length).toBeGreaterThan(1)
  expect(chunks.join('')).toBe(whole)
})

test('clockPrecision serves whole seconds and compares milliseconds', async () => {
  const { demo, time, text, keys } = await start({ switches: { clockPrecision: 'second' } })
  const [first = '', second = ''] = [...demo.all('PART')].map((record) => record.key)
  demo.touch('PART', [first])
  time.ms += 500
  demo.touch('PART', [second])
  expect(await text('parts')).not.toMatch(/T\d\d:\d\d:\d\d\.\d/)
  expect(await text('parts?since=2026-03-01T00:00:01Z')).toContain('"modified_at":"2026-03-01T00:00:01Z"')
  expect(await keys('parts?since=2026-03-01T00:00:01Z')).toEqual([first, second])
  expect(await keys('parts?since=2026-03-01T00:00:01.500Z')).toEqual([second])
})

test('zoneless serves the time of its offset without it, and takes the same for since', async () => {
  const { demo, text, keys } = await start({ switches: { zoneless: '+02:00' } })
  const [first = ''] = [...demo.all('PART')].map((record) => record.key)
  demo.touch('PART', [first])
  expect(await text('parts?since=2026-03-01T02:00:01')).toContain('"modified_at":"2026-03-01T02:00:01.234"')
  expect(await keys('parts?since=2026-03-01T02:00:01')).toEqual([first])
  expect(await keys('parts?since=2026-03-01T00:00:01Z')).toEqual([first])
  expect(await keys('parts?since=2026-03-01T02:00:01.235')).toEqual([])
})

test('clockSkewMs moves the whole clock: what it tells, and what it stamps', async () => {
  const { demo, time, json } = await start({ switches: { clockSkewMs: 90_000 } })
  expect(await json('clock')).toEqual({ now: time.ms + 90_000 })
  demo.touch('PART', 1)
  expect([...demo.all('PART')].at(-1)?.modified.getTime()).toBe(time.ms + 90_000)
  time.ms += 600_000
  demo.setSwitches({ clockSkewMs: -60_000 })
  expect(demo.now().getTime()).toBe(time.ms - 60_000)
})

test('lateCommitMs shows a change, under its early stamp, only later', async () => {
  const { demo, time, keys, json } = await start({ switches: { lateCommitMs: 1_000 } })
  const before = [...demo.all('PART')].map((record) => record.key)
  const stamp = demo.now()
  expect(demo.touch('PART', [before[0] ?? ''])).toBe(1)
  const [added = ''] = demo.insert('PART', 1)
  expect(await keys('parts')).toEqual(before)
  expect(await json(`parts/existing?key=${added}`)).toEqual({ keys: [] })
  time.ms += 999
  expect(await keys('parts')).toEqual(before)
  time.ms += 1
  expect(await keys('parts')).toEqual([...before.slice(1), before[0], added])
  expect(await keys(`parts?since=${stamp.toISOString()}`)).toEqual([before[0], added])
  expect([...demo.all('PART')].at(-1)?.modified).toEqual(stamp)
})

test('badKeyEmpty answers a wrong key with 200 and nothing', async () => {
  const { demo, ask } = await start({ apiKey: 'good', switches: { badKeyEmpty: true } })
  const bad = { authorization: 'Bearer bad' }
  const answers = await Promise.all(
    ['parts', 'parts/count', `parts/existing?key=${[...demo.all('PART')][0]?.key}`].map(async (path) => {
      const answer = await ask(path, bad)
      return [answer.status, await answer.json()]
    }),
  )
  expect(answers).toEqual([
    [200, { items: [], last: null, next: null }],
    [200, { count: 0 }],
    [200, { keys: [] }],
  ])
  expect(await (await ask('parts/count', { authorization: 'Bearer good' })).json()).toEqual({ count: 50 })
})

test('forbidden refuses one collection and serves the others', async () => {
  const { ask } = await start({ switches: { forbidden: 'parts' } })
  expect([(await ask('parts/count')).status, (await ask('vendors/count')).status]).toEqual([403, 200])
})

test('ignoreFilter lists everything whatever since says; the count still follows it', async () => {
  const { keys, json } = await start({ switches: { ignoreFilter: true } })
  expect(await keys('parts?since=2027-01-01T00:00:00Z')).toHaveLength(50)
  expect(await json('parts/count?since=2027-01-01T00:00:00Z')).toEqual({ count: 0 })
})

test('hideEvery keeps records from lists and counts, also changed ones, and has them by key', async () => {
  const { demo, keys, json } = await start({ switches: { hideEvery: 5 } })
  const all = [...demo.all('PART')].map((record) => record.key)
  expect(all).toHaveLength(50)
  const hidden = all.filter((_, i) => i % 5 === 4)
  expect(await keys('parts')).toEqual(all.filter((key) => !hidden.includes(key)))
  expect(await json('parts/count')).toEqual({ count: 40 })
  demo.touch('PART', hidden.slice(0, 1))
  expect(await keys(`parts?since=${anchor.toISOString()}`)).toEqual([])
  expect(await json(`parts/existing?key=${hidden[0]}`)).toEqual({ keys: [hidden[0]] })
  demo.setSwitches({ hideEvery: 0 })
  expect(await keys('parts')).toHaveLength(50)
})

test('lineTouch changes a line of an order and leaves its stamp and its place', async () => {
  const { demo, text, keys } = await start()
  const [before] = [...demo.all('PURCHASE_ORDER')].slice(-3)
  const listed = await keys('purchase-orders')
  demo.setSwitches({ lineTouch: true })
  expect(demo.touch('PURCHASE_ORDER', [before?.key ?? ''])).toBe(1)
  const [after] = [...demo.all('PURCHASE_ORDER')].slice(-3)
  expect(after).toMatchObject({ key: before?.key, modified: before?.modified })
  expect(after?.json).not.toBe(before?.json)
  expect(await text('purchase-orders')).toContain(after?.json)
  expect(await keys('purchase-orders')).toEqual(listed)
})

test('keeps what it was asked, without an answer where it gave none', async () => {
  const { demo, ask } = await start()
  await ask('parts?limit=1')
  demo.setSwitches({ hang: true })
  const gone = new AbortController()
  const hanging = fetch(`${demo.url}/api/v1/clock`, { signal: gone.signal })
  while (demo.requests().length < 2) await new Promise(setImmediate)
  gone.abort()
  await expect(hanging).rejects.toThrow()
  expect(demo.requests()).toMatchObject([
    { path: '/api/v1/parts?limit=1', status: 200 },
    { path: '/api/v1/clock', status: null },
  ])
})

test.each([
  { clockPrecision: 'minute' },
  { zoneless: 'CET' },
  { clockSkewMs: 0.5 },
  { error500: -1 },
  { badKeyEmpty: 1 },
])('refuses %j', async (given) => {
  const { demo } = await start()
  expect(() => demo.setSwitches(given as never)).toThrow(TypeError) // wrong on purpose
})
