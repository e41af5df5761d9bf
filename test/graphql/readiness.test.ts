import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { polledNow } from '../polled-now.ts'
import { startTestApi, type TestApi } from './api.ts'

let api: TestApi
const lastPolls = vi.fn(async () => polledNow())

beforeAll(async () => {
  api = await startTestApi({ lastPolls })
})
afterAll(() => api.stop())

const readiness = () => fetch(new URL('/readyz', api.url)).then(({ status }) => status)

test('a busy process is ready: readiness waits for no request, and however many ask, one look is under way', async () => {
  const { pool } = api.db
  const busy = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  try {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, readiness)))).toEqual(new Set([200]))
    expect(lastPolls).toHaveBeenCalledTimes(1)
    const { rows } = (await busy[0]?.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'syncline-readiness' AND datname = current_database()",
    )) ?? { rows: [] }
    expect(rows).toHaveLength(1)
  } finally {
    for (const client of busy) client.release()
  }
})
