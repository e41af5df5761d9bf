import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { Patience } from '../../src/events/outage.ts'
import { liveStream } from '../../src/events/stream.ts'
import type { EventHub } from '../../src/events/hub.ts'
import { answerWhole } from '../../src/graphql/page-execution.ts'

const away = () => Object.assign(new Error('away'), { code: 'ECONNREFUSED' })

/** A step that fails so many times; counted. */
function failing(times: number) {
  let attempts = 0
  const step = async () => {
    attempts += 1
    if (attempts <= times) throw away()
    return 'done'
  }
  return { step, attempts: () => attempts }
}

test('a step is taken again while PostgreSQL is away, for so long as the reader waits', async () => {
  const passing = failing(1)
  expect(await new Patience(60_000).through(passing.step)).toBe('done')
  expect(passing.attempts()).toBe(2)
  const lasting = failing(Number.POSITIVE_INFINITY)
  await expect(new Patience(100).through(lasting.step)).rejects.toThrow('away')
  expect(lasting.attempts()).toBeGreaterThan(1)
  const broken = new Error('broken')
  await expect(new Patience().through(() => Promise.reject(broken))).rejects.toBe(broken)
})

test('what one step has waited the next one does not wait again, until the reader has its message', async () => {
  const patience = new Patience(100)
  await expect(patience.through(failing(9_999).step)).rejects.toThrow('away')
  const next = failing(1)
  await expect(patience.through(next.step)).rejects.toThrow('away')
  expect(next.attempts()).toBe(1)
  patience.renew()
  expect(await patience.through(next.step)).toBe('done')
})

test('an attempt that hangs is waited for no longer than the rest', async () => {
  let attempts = 0
  const step = () => {
    attempts += 1
    return attempts === 1 ? Promise.reject(away()) : new Promise(() => {})
  }
  await expect(new Patience(50).through(step)).rejects.toThrow('away')
  expect(attempts).toBe(2)
})

test('reading, confirming and making the message share what a reader waits', async () => {
  const spent: string[] = []
  const patience = new (class extends Patience {
    override renew() {
      spent.push('renewed')
      super.renew()
    }
    override through<R>(step: () => Promise<R>): Promise<R> {
      spent.push('waited')
      return super.through(step)
    }
  })()
  const hub = { wakeup: () => ({ arm: () => null, wait: async () => false, close: () => {} }) } as unknown as EventHub // all that it asks
  const page = { page: { end: 7 } }
  const stream = liveStream({
    hub,
    watched: { kind: 'changes', id: 'x' },
    read: async () => ({ items: [page], more: false, last: false }),
    guard: { credential: 'x', confirm: async () => {} },
    patience,
  })
  const { value } = await stream.next()
  await answerWhole(value ?? {}, {
    schema: buildSchema('type Query { none: Int } type Subscription { page: Page } type Page { end: Int }'),
    document: parse('subscription { page { end } }'),
    contextValue: { pool: {}, operations: {}, session: { confirm: async () => {} }, patience },
  })
  expect(spent).toEqual(['renewed', 'waited', 'waited', 'waited'])
  await stream.return?.()
})
