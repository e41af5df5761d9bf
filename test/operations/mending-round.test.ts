import { setImmediate as others } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { createMendingRound } from '../../src/operations/mending-round.ts'

const log = createLogger({ level: 'error' })
log.warn = () => {}
const hundred = Array.from({ length: 100 }, (_, i) => i)
const failed = () => [{}, 'it could not be mended'] as [object, string]
/** As Temporal's client throws it. */
const unanswered = () =>
  new Error('Failed to describe workflow', {
    cause: Object.assign(new Error('4 DEADLINE_EXCEEDED'), { code: 4, details: '', metadata: {} }),
  })

function round(stopping = new AbortController().signal) {
  const { each } = createMendingRound(log, stopping)
  const tried: number[] = []
  const all = (mend: (item: number) => Promise<void>) =>
    each(
      hundred,
      (item) => {
        tried.push(item)
        return mend(item)
      },
      failed,
    )
  return { all, tried }
}

test('some are mended at once, and what fails keeps no other from being mended', async () => {
  const { all, tried } = round()
  let open = 0
  let most = 0
  await all(async (item) => {
    most = Math.max(most, (open += 1))
    await others()
    open -= 1
    if (item % 2 === 0) throw new Error('of its own')
  })
  expect(tried).toHaveLength(100)
  expect(most).toBe(5)
})

test('where Temporal answers nobody the round ends, and so do those that would follow it', async () => {
  const { all, tried } = round()
  const away = unanswered()
  await expect(all(() => Promise.reject(away))).rejects.toBe(away)
  expect(tried.length).toBeLessThanOrEqual(9)
  const before = tried.length
  await expect(all(async () => {})).rejects.toBe(away)
  expect(tried).toHaveLength(before)
})

test('one that gets no answer keeps no other from being mended', async () => {
  const { all, tried } = round()
  await all(async (item) => {
    if (item % 3 === 0) throw unanswered()
  })
  expect(tried).toHaveLength(100)
})

test('when the process stops no other is begun', async () => {
  const stopping = new AbortController()
  const { all, tried } = round(stopping.signal)
  await all(async () => {
    stopping.abort()
  })
  expect(tried.length).toBeLessThanOrEqual(5)
})
