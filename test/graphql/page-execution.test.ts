import { buildSchema, GraphQLError, parse } from 'graphql'
import { expect, test, vi } from 'vitest'
import { Patience } from '../../src/events/outage.ts'
import { useEventExecution } from '../../src/graphql/event-execution.ts'
import { answerWhole } from '../../src/graphql/page-execution.ts'

const schema = buildSchema(
  'type Query { none: Int } type Subscription { page: Page } type Page { end: Int raw: String }',
)
const contextValue = { pool: {}, operations: {}, session: { confirm: async () => {} }, patience: new Patience() }
const document = parse('subscription { page { end raw } }')
const args = { schema, document, contextValue }

const pageWith = (raw: () => string | null) => ({ page: { end: 7, raw } })
const failing = (error: Error) =>
  pageWith(() => {
    throw error
  })

test('a page is answered with what the caller may not see left out, in our own words', async () => {
  const refused = new GraphQLError('not yours', { extensions: { code: 'FORBIDDEN' } })
  const { data, errors } = await answerWhole(failing(refused), args)
  expect({ data, messages: errors?.map(({ message }) => message) }).toEqual({
    data: { page: { end: 7, raw: null } },
    messages: ['not yours'],
  })
})

test('a page that took long to read is not answered on the confirmation of before: the credential may have ended', async () => {
  let now = 1_000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  try {
    let confirmed = 0
    let good = true
    async function confirm() {
      confirmed += 1
      if (!good) throw new Error('revoked')
    }
    const asked = { ...args, contextValue: { ...contextValue, session: { confirm } } }
    const taking = (milliseconds: number) =>
      pageWith(() => {
        now += milliseconds
        return 'whole'
      })
    await answerWhole(taking(100), asked)
    expect(confirmed).toBe(0)
    await answerWhole(taking(600), asked)
    expect(confirmed).toBe(1)
    good = false
    await expect(answerWhole(taking(600), asked)).rejects.toThrow('revoked')
  } finally {
    clock.mockRestore()
  }
})

test('what nobody foresaw ends the stream before the page: its cursor is told to nobody', async () => {
  const broken = new Error('broken')
  let left = 0
  const pages = [failing(broken), pageWith(() => 'whole')]
  const source = {
    next: async () => ({ done: pages.length === 0, value: pages.shift() }),
    async return() {
      left += 1
      pages.length = 0
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
  const field = schema.getSubscriptionType()?.getFields()['page']
  if (field) field.subscribe = () => source
  let subscribe: unknown
  void useEventExecution().onSubscribe?.({ setSubscribeFn: (given: unknown) => (subscribe = given) } as never) // all that it uses
  const stream = await (subscribe as (given: object) => Promise<AsyncIterator<unknown>>)(args)
  await expect(stream.next()).rejects.toBe(broken)
  expect(left).toBe(1)
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})
