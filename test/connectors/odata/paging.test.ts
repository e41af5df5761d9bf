import { afterEach, describe, expect, it } from 'vitest'
import { AnswerInvalid, ConfigurationInvalid, RateLimited } from '../../../src/connectors/errors.ts'
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

const failure = async (result: Promise<unknown>) =>
  result.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )
const filterOf = ({ query }: Asked) => query.get('$filter') ?? ''
const all = Array.from({ length: 25 }, (_, i) => vendor(i))
const ids = all.map(({ ID }) => ID)
const behind = (asked: Asked) => {
  const key = /ID gt '(V\d+)'/.exec(filterOf(asked))?.[1]
  return key === undefined ? all : all.filter(({ ID }) => ID > key)
}

describe('by key', () => {
  it('a service that caps its pages without a word is read to the end', async () => {
    const { open, asked } = await fake((it) => ({ value: behind(it).slice(0, 10) }))
    const source = open()
    expect(idsOf(await readPages(source, 'VENDOR'))).toEqual(ids)
    expect(source.readsByKey('VENDOR')).toBe(true)
    expect(asked).toHaveLength(4)
    expect(asked[0]?.query.get('$top')).toBe('1000')
    expect(asked[0]?.query.get('$orderby')).toBe('at,ID')
    expect(asked[0]?.prefer).toBeUndefined()
  })

  it('a service that gives links is believed when it gives none, and its links are not needed', async () => {
    const { open, asked } = await fake((it) => {
      const rest = behind(it)
      return { value: rest.slice(0, 10), next: rest.length > 10 ? 'https://elsewhere.example/x' : undefined }
    })
    expect(idsOf(await readPages(open(), 'VENDOR'))).toEqual(ids)
    expect(asked).toHaveLength(3)
  })

  it('stamps go back with the digits and the zone they came with', async () => {
    const at = '2026-01-01T01:00:00.1234567+01:00'
    const { open, asked } = await fake((it) => ({ value: filterOf(it) === '' ? [vendor(1, at)] : [] }))
    await readPages(open({ filter: "name ne 'x'" }), 'VENDOR')
    expect(asked.map(filterOf)).toEqual(["name ne 'x'"])
    await readPages(open(), 'VENDOR')
    expect(filterOf(asked[2] ?? expect.unreachable())).toBe(`at ge ${at} and (at gt ${at} or (ID gt 'V001'))`)
  })

  it('a window, its stampless records and the filter of the config go together', async () => {
    const { open, asked } = await fake((_, nth) => ({
      value: nth % 2 === 1 ? [{ ...vendor(nth), maybe: nth === 1 ? null : vendor(nth).at }] : [],
    }))
    const source = open({ modified: 'maybe', created: 'at', filter: "name ne 'x'" })
    await readPages(source, 'VENDOR', { since: new Date('2026-01-01T00:00:00Z') })
    expect(asked.map(filterOf)).toEqual([
      "(name ne 'x') and ((maybe eq null) and (at ge 2026-01-01T00:00:00.000Z))",
      "(name ne 'x') and ((maybe eq null) and (at ge 2026-01-01T00:00:00.000Z) and (ID gt 'V001'))",
      "(name ne 'x') and (maybe ge 2026-01-01T00:00:00.000Z)",
      "(name ne 'x') and (maybe ge 2026-01-01T00:00:03.000Z and (maybe gt 2026-01-01T00:00:03.000Z or (ID gt 'V003')))",
    ])
  })

  it('a set without stamps is read whole', async () => {
    const { open, asked } = await fake((it) => ({ value: behind(it).slice(0, 10) }))
    const source = open({ modified: undefined })
    expect(idsOf(await readPages(source, 'VENDOR', { since: new Date() }))).toEqual(ids)
    expect(asked.map(filterOf)).toEqual(['', "ID gt 'V009'", "ID gt 'V019'", "ID gt 'V024'"])
  })

  it('a page that does not advance is refused', async () => {
    const { open, asked } = await fake(() => ({ value: all.slice(0, 10) }))
    expect(await failure(readPages(open(), 'VENDOR'))).toBeInstanceOf(AnswerInvalid)
    expect(asked.length).toBeLessThan(4)
  })

  it('a page that comes again for ever is refused also where all stamps are equal', async () => {
    const { open, asked } = await fake(() => ({ value: [vendor(1)] }))
    expect(await failure(readPages(open(), 'VENDOR'))).toBeInstanceOf(AnswerInvalid)
    expect(asked.length).toBeLessThan(5)
  })

  it('pages that go round are refused', async () => {
    const { open } = await fake((_, nth) => ({ value: [vendor(nth % 3, '2026-01-01T00:00:00Z')] }))
    expect(await failure(readPages(open(), 'VENDOR'))).toBeInstanceOf(AnswerInvalid)
  })

  it('stamps with more digits than are shown neither lose nor stop', async () => {
    const stored = all.map((it, i) => ({
      ...it,
      at: `2026-01-01T00:00:0${Math.floor(i / 5)}Z`,
      hidden: `2026-01-01T00:00:0${Math.floor(i / 5)}.5Z`,
    }))
    const { open } = await fake((it) => {
      const from = /at ge (\S+Z)/.exec(filterOf(it))?.[1] ?? ''
      return { value: stored.filter(({ hidden }) => hidden.replace('.5', '~') > from.replace('Z', '')).slice(0, 12) }
    })
    const read = idsOf(await readPages(open(), 'VENDOR'))
    expect([...new Set(read)]).toEqual(ids)
  })
})

describe('by link', () => {
  const linked = (it: Asked, order = all): Answer => {
    const from = Number(it.query.get('$skiptoken') ?? 0)
    return {
      value: order.slice(from, from + 10),
      next: from + 10 < order.length ? `Vendors?$skiptoken=${from + 10}` : undefined,
    }
  }

  it.each([400, 501])('a service that refuses the order (HTTP %i) is read in its own', async (status) => {
    const { open, asked } = await fake((it) => (it.query.has('$orderby') ? { status } : linked(it)))
    const source = open({}, { pageSize: 10 })
    expect(idsOf(await readPages(source, 'VENDOR'))).toEqual(ids)
    expect(source.readsByKey('VENDOR')).toBe(false)
    expect(asked[1]?.prefer).toBe('odata.maxpagesize=10')
    expect(asked[1]?.query.has('$top')).toBe(false)
  })

  it('a service that refuses only the filter of the second page is read again from its start', async () => {
    const { open } = await fake((it) => (filterOf(it).includes('gt') ? { status: 400 } : linked(it)))
    const source = open()
    const read = idsOf(await readPages(source, 'VENDOR'))
    expect(read).toEqual([...ids.slice(0, 10), ...ids])
    expect(source.readsByKey('VENDOR')).toBe(false)
  })

  it('a service that does not keep the order is read in its own', async () => {
    const shuffled = [...all].sort((a, b) => (a.ID.at(-1) ?? '').localeCompare(b.ID.at(-1) ?? ''))
    const { open } = await fake((it) => linked(it, shuffled))
    const source = open()
    expect(idsOf(await readPages(source, 'VENDOR'))).toEqual(shuffled.map(({ ID }) => ID))
    expect(source.readsByKey('VENDOR')).toBe(false)
  })

  it('a set whose key has no order is read by its links from the first request on', async () => {
    const { open, asked } = await fake((it) => linked(it))
    const source = open({ key: ['flag'] })
    const pages = []
    for await (const page of source.read('VENDOR', { since: null, after: null, signal: idle() })) pages.push(page)
    expect(pages).toHaveLength(3)
    expect(asked.every(({ query }) => !query.has('$orderby'))).toBe(true)
  })

  it('goes on behind every cursor', async () => {
    const { open } = await fake((it) => (it.query.has('$orderby') ? { status: 501 } : linked(it)))
    const pages = await readPages(open(), 'VENDOR')
    for (const [i, { cursor }] of pages.entries()) {
      const source = open()
      expect(idsOf(await readPages(source, 'VENDOR', { after: cursor }))).toEqual(idsOf(pages.slice(i + 1)))
      expect(source.readsByKey('VENDOR')).toBe(false)
    }
  })

  it('begins again where the service has forgotten a link, or where it is too long to keep', async () => {
    const { open } = await fake((it) => {
      if (it.query.has('$orderby') || it.query.get('$skiptoken') === '20') return { status: 400 }
      const answer = linked(it)
      return it.query.has('$skiptoken') ? answer : { ...answer, next: `${answer.next}&long=${'x'.repeat(5_000)}` }
    })
    const source = open()
    const cursors: string[] = []
    const reading = readPages(source, 'VENDOR', { onPage: async ({ cursor }) => void cursors.push(cursor) })
    expect(await failure(reading)).toBeInstanceOf(ConfigurationInvalid)
    expect(cursors.map((it) => it.length < 4_096)).toEqual([true, true])
    for (const after of cursors) {
      const [page] = await firstPage(open(), after)
      expect(page).toEqual(ids.slice(0, 10))
    }
  })

  it('a link to another host is refused', async () => {
    const { open, asked } = await fake((it) =>
      it.query.has('$orderby')
        ? { status: 400 }
        : { value: all.slice(0, 10), next: 'https://elsewhere.example/Vendors?t=1' },
    )
    const error = await failure(readPages(open(), 'VENDOR'))
    expect(error).toBeInstanceOf(ConfigurationInvalid)
    expect(error).toMatchObject({ path: ['baseUrl'] })
    expect(asked).toHaveLength(2)
  })

  it('links in a circle are refused', async () => {
    const { open } = await fake((it) =>
      it.query.has('$orderby') ? { status: 400 } : { value: all.slice(0, 10), next: 'Vendors?$skiptoken=1' },
    )
    expect(await failure(readPages(open(), 'VENDOR'))).toBeInstanceOf(AnswerInvalid)
  })
})

describe('an answer', () => {
  it.each([
    ['a sign-in page', { text: '<html>', headers: { 'content-type': 'text/html' } }],
    ['cut off', { text: '{"value":[{"ID":"V001"' }],
    ['no list', { text: '{"error":{"message":"x"}}' }],
    ['a record without its key', { value: [{ name: 'x' }] }],
  ])('that is %s is invalid', async (_name, answer) => {
    const { open } = await fake(() => answer)
    expect(await failure(readPages(open(), 'VENDOR'))).toBeInstanceOf(AnswerInvalid)
  })

  it('that asks for patience is passed on', async () => {
    const { open } = await fake(() => ({ status: 503, headers: { 'retry-after': '9' } }))
    const error = await failure(readPages(open(), 'VENDOR'))
    expect(error).toBeInstanceOf(RateLimited)
    expect(error).toMatchObject({ retryAfterMs: 9_000 })
  })

  it('rejects the records that cannot be mapped, and those alone', async () => {
    const records = [
      { ...vendor(1), name: { secret: 1 } },
      { ...vendor(2), contacts: [], 'contacts@odata.nextLink': 'Vendors(1)/contacts?$skip=1' },
      vendor(3),
    ]
    const { open } = await fake((it) => ({ value: filterOf(it) === '' ? records : [] }))
    const [page] = await rawPage(open())
    expect(page?.map((it) => ('rejected' in it ? [it.externalId, it.rejected] : it.record.externalId))).toEqual([
      ['V001', 'name: an object is not a text'],
      ['V002', expect.stringMatching(/^contacts: the service pages/)],
      'V003',
    ])
  })

  it('keeps the digits of long numbers', async () => {
    const text = `{"value":[{"ID":"V1","at":"2026-01-01T00:00:00Z","name":12345678901234567.89}]}`
    const { open } = await fake((it) => (filterOf(it) === '' ? { text } : {}))
    const [page] = await rawPage(open())
    expect(page?.[0]).toMatchObject({ record: { fields: { name: '12345678901234567.89' } }, raw: text.slice(10, -2) })
  })

  it('that refuses to count is no count', async () => {
    const { open } = await fake(({ path }) => (path.endsWith('$count') ? { status: 501 } : {}))
    expect(await open().count('VENDOR', null, idle())).toBeNull()
  })
})

describe('existing', () => {
  it('asks again for what a capped answer left out', async () => {
    const { open, asked } = await fake((it) => ({
      value: all.filter(({ ID }) => filterOf(it).includes(`'${ID}'`)).slice(0, 3),
    }))
    expect(await open().existing?.('VENDOR', [...ids.slice(0, 8), 'gone'], idle())).toEqual(new Set(ids.slice(0, 8)))
    expect(asked.length).toBe(4)
    expect(asked[0]?.query.get('$select')).toBe('ID')
  })

  it('keeps its URLs short', async () => {
    const { open, asked } = await fake(() => ({}))
    await open().existing?.(
      'VENDOR',
      Array.from({ length: 200 }, (_, i) => `key with spaces and some length, number ${i}`),
      idle(),
    )
    expect(asked.length).toBeGreaterThan(5)
    expect(
      Math.max(
        ...asked.map(({ query }) => encodeURIComponent(filterOf({ query, path: '', prefer: undefined })).length),
      ),
    ).toBeLessThan(1_600)
  })
})

async function rawPage(
  source: ReturnType<Awaited<ReturnType<typeof startFakeService>>['open']>,
  after: string | null = null,
) {
  for await (const page of source.read('VENDOR', { since: null, after, signal: idle() })) return [[...page.records()]]
  return []
}

async function firstPage(source: Parameters<typeof rawPage>[0], after: string) {
  return (await rawPage(source, after)).map((records) =>
    records.map((it) => ('record' in it ? it.record.externalId : null)),
  )
}
