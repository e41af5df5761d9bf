import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dashboardFolder } from '../../src/http/dashboard-files.ts'
import type { NewEvent } from '../../src/store/event-append.ts'
import { ownerKey, startTestApi, type TestApi } from '../graphql/api.ts'
import { addConnection, addEvents, addRun } from '../graphql/rows.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { countsOf } from './counts.ts'
import { patience, reads, seen, signIn } from './dashboard.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

const connections = 10_000

describe.skipIf(chromiumPath === undefined)(`a list of ${connections} connections`, () => {
  let api: TestApi
  let browser: Browser
  let page: Page
  /** The newest: the list begins with them. */
  let shown: string
  let unseen: string[]
  const asked: string[] = []

  beforeAll(async () => {
    api = await startTestApi({ dashboard: dashboardFolder })
    const { id } = await addConnection(api.db, { name: 'Plant 0' })
    unseen = await multiply(id)
    shown = (await addConnection(api.db, { name: 'Acme' })).id
    browser = await launchChromium()
    page = await browser.newPage()
    page.on('request', (request) => {
      const [, name] = /"operationName":"(\w+)"/.exec(request.postData() ?? '') ?? []
      if (name) asked.push(name)
    })
    await page.goto(new URL(api.url).origin)
    await signIn(page, ownerKey)
    await seen(page.getByText('50 of 10,001 connections'))
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
  })
  afterAll(async () => {
    await browser?.close()
    await api?.stop()
  })

  /** As many as there are, all of them older; the oldest first, as those at the head of the list are shown. */
  async function multiply(id: string): Promise<string[]> {
    const { rows } = await api.db.pool.query<{ id: string }>(
      `WITH made AS (
         INSERT INTO connection SELECT (jsonb_populate_record(c, jsonb_build_object(
           'id', overlay(gen_random_uuid()::text PLACING '01800000' FROM 1), 'key', c.key + n, 'name', 'Plant ' || n))).*
         FROM connection c, generate_series(1, ${connections - 1}) n WHERE c.id = $1 RETURNING id, key),
       gates AS (INSERT INTO connection_gate SELECT id, 'ACTIVE', 0 FROM made),
       states AS (INSERT INTO entity_state SELECT (jsonb_populate_record(s, jsonb_build_object(
           'id', gen_random_uuid(), 'connection_id', made.id, 'connection_key', made.key))).*
         FROM made, entity_state s WHERE s.connection_id = $1)
       SELECT id FROM made ORDER BY id`,
      [id],
    )
    await api.db.pool.query(`SELECT setval(pg_get_serial_sequence('connection', 'key'), max(key)) FROM connection`)
    return rows.map((row) => row.id)
  }

  const told = (syncRunId: string, fetched: number): NewEvent[] => {
    const about = { syncRunId, entity: 'PART', status: 'RUNNING' } as const
    return [
      { type: 'ENTITY_PROGRESS', ...about, counts: countsOf(fetched) },
      { type: 'ENTITY_RETRYING', ...about, message: 'Attempt 2.' },
    ]
  }
  const row = () => page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })

  test('is not asked for, nor drawn, because of what happens to connections that it does not show', async () => {
    const hidden = unseen.slice(0, 200)
    const runs = await Promise.all(hidden.map((id) => addRun(api.db, id)))
    const run = await addRun(api.db, shown)
    await reads(row(), /Queued/)
    await page.evaluate(() => {
      const drawn = { rows: 0 }
      Object.assign(globalThis, { drawn })
      const table = document.querySelector('tbody') ?? document.body
      new MutationObserver((changes) => {
        drawn.rows += new Set(changes.map(({ target }) => target.parentElement?.closest('tr'))).size
      }).observe(table, { subtree: true, childList: true, characterData: true, attributes: true })
    })
    const before = asked.filter((name) => name === 'Connections').length
    for (let round = 1; round <= 25; round += 1)
      await Promise.all(hidden.map((id, i) => addEvents(api.db, id, told(runs[i] ?? '', round * 100))))
    await addEvents(api.db, shown, told(run, 42).slice(0, 1))
    await reads(row(), /42 read/)
    // 10,000 events of others, and one that concerns a row
    expect(await page.evaluate(() => (globalThis as unknown as { drawn: { rows: number } }).drawn.rows)).toBeLessThan(
      60,
    )
    expect(asked.filter((name) => name === 'Connections').length - before).toBeLessThanOrEqual(3)
  })

  test('is searched and paged through', async () => {
    await page.getByRole('searchbox').fill('Plant 999')
    await seen(page.getByText('11 of 11 connections'))
    await page.getByRole('button', { name: 'Show all' }).click()
    await seen(page.getByText('50 of 10,001 connections'))
    const first = () => page.getByRole('row').nth(1).getByRole('link').first().textContent()
    const top = await first()
    await page.getByRole('button', { name: 'Next' }).click()
    await expect.poll(first, patience).not.toBe(top)
    await page.getByRole('button', { name: 'Previous' }).click()
    await expect.poll(first, patience).toBe(top)
  })

  test('has its new connections by itself', async () => {
    await page.goto(`${new URL(api.url).origin}/production/connections`)
    await seen(page.getByText('50 of 10,001 connections'))
    const { id } = await addConnection(api.db, { name: 'Newcomer' })
    await addEvents(api.db, id, [{ type: 'CONNECTION_CREATED' }])
    await seen(page.getByText('50 of 10,002 connections'))
  })
})
