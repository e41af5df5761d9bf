import { describe, expect, it } from 'vitest'
import type { SourceHttp } from '../../../src/connectors/contract.ts'
import type { DemoConfig } from '../../../src/connectors/demo/config.ts'
import { readEnd, sliceRecords } from '../../../src/connectors/demo/page.ts'
import { AnswerInvalid } from '../../../src/connectors/errors.ts'
import { openDemo } from './demo-rig.ts'

const body = (items: string[], last: string | null, next: string | null) =>
  `{"items":[\n${items.join(',\n')}\n],"last":${JSON.stringify(last)},"next":${JSON.stringify(next)}}`

describe('a page of the demo ERP', () => {
  it('is cut into its records as received', () => {
    const items = ['{"a":"],\\n}"}', '{"b": [1, 2]}']
    expect([...sliceRecords(body(items, 'x', null))]).toEqual(items)
    expect([...sliceRecords('{"items":[],"last":null,"next":null}')]).toEqual([])
  })

  it('tells from its end where to go on', () => {
    expect(readEnd(body(['{}'], 'x', 'y'))).toEqual({ last: 'x', next: 'y' })
    expect(readEnd(body(['{}'], 'x', null))).toEqual({ last: 'x', next: null })
  })

  it.each([
    '',
    '{}',
    '[]',
    '{"items":[\n{}\n]}',
    '{"rows":[],"last":null,"next":null}',
    '{"items":[],"last":null,"next":"x"}',
  ])('is not %j', (text) => expect(() => readEnd(text)).toThrow(AnswerInvalid))
})

describe('reading page after page', () => {
  /** Answers with these bodies in turn and notes each question. */
  function scripted(bodies: string[], config: Partial<DemoConfig> = {}) {
    const asked: AbortSignal[] = []
    const http: SourceHttp = {
      usage: { requests: 0, bytes: 0 },
      async get(_, { signal }) {
        asked.push(signal)
        return { status: 200, headers: {}, date: null, text: bodies[asked.length - 1] ?? '' }
      },
    }
    const read = (signal = new AbortController().signal) =>
      openDemo('http://demo.example/erp', http, config).read('VENDOR', { since: null, after: null, signal })
    return { asked, read }
  }

  it('asks for the next page before it hands on this one', async () => {
    const { asked, read } = scripted([body(['{}'], 'x', 'x'), body(['{}'], 'y', null)])
    const asks: number[] = []
    for await (const { cursor } of read()) asks.push(cursor === '' ? 0 : asked.length)
    expect(asks).toEqual([2, 2])
  })

  it('gives up what it asked ahead when its reader leaves', async () => {
    const { asked, read } = scripted([body(['{}'], 'x', 'x'), body(['{}'], 'y', null)])
    for await (const { cursor } of read()) if (cursor === 'x') break
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('hands on no page after it is aborted, though one has come already', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const pages = scripted([body(['{}'], 'x', 'x'), body(['{}'], 'y', null)])
      .read(controller.signal)
      [Symbol.asyncIterator]()
    await pages.next()
    controller.abort(reason)
    await expect(pages.next()).rejects.toBe(reason)
  })

  it('gives up on a source whose pages do not advance', async () => {
    const { read } = scripted([body(['{}'], 'x', 'x'), body(['{}'], 'x', 'x')])
    const pages = read()[Symbol.asyncIterator]()
    expect((await pages.next()).done).toBe(false)
    await expect(pages.next()).rejects.toBeInstanceOf(AnswerInvalid)
  })

  it.each(['{"supplier_id":', '', 'null', '[1]', '"V-1"', '{"supplier_id":"V-1"}}'])(
    'rejects the one line %j, without a key and as received, and keeps the records around it',
    async (line) => {
      const good = (id: string) =>
        JSON.stringify({ supplier_id: id, created_at: null, modified_at: '2026-01-01T00:00:00.000Z' })
      for (const utcOffset of [{}, { utcOffset: '+02:00' }]) {
        const { read } = scripted([body([good('V-0'), line, good('V-2')], 'x', null)], utcOffset)
        for await (const page of read()) {
          expect([...page.records()]).toMatchObject([
            { record: { externalId: 'V-0' } },
            { raw: line, rejected: 'The record is not a JSON object.', externalId: null },
            { record: { externalId: 'V-2' } },
          ])
        }
      }
    },
  )

  it.each([
    ['in a record', '{"items":[\n{"supplier_id":"V-1"},\n{"suppl'],
    ['behind a record', '{"items":[\n{"supplier_id":"V-1"},\n'],
    ['in its end', body(['{"supplier_id":"V-1"}'], 'x', 'y').slice(0, -2)],
  ])('takes a page that is cut off %s for a broken answer as a whole', async (_, text) => {
    const pages = scripted([text]).read()[Symbol.asyncIterator]()
    await expect(pages.next()).rejects.toBeInstanceOf(AnswerInvalid)
  })

  it('keeps a value that the model does not know beside an empty enum', async () => {
    const row = { supplier_id: 'V-1', state: 'on_probation', created_at: null, modified_at: '2026-01-01T00:00:00.000Z' }
    const { read } = scripted([body([JSON.stringify(row)], 'x', null)])
    for await (const page of read()) {
      expect([...page.records()]).toMatchObject([{ record: { fields: { status: null, statusRaw: 'on_probation' } } }])
    }
  })
})
