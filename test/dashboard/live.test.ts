import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Connected } from '../e2e/demo-job.ts'
import { startSync, storedEvents } from '../e2e/runs.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, heading, patience, reads, seen, startDashboard } from './dashboard.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('live', () => {
  let dashboard: Dashboard
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    acme = await dashboard.connectAcme()
  })
  afterEach(async () => {
    dashboard?.gate.open()
    await dashboard?.closeWindows()
  })
  afterAll(() => dashboard?.stop())

  /** A full re-sync of the purchase orders that has read some pages and waits for more. */
  async function startHeld(pages: number): Promise<string> {
    dashboard.gate.letThrough(pages)
    const { syncRun } = await startSync(dashboard.owner, {
      connectionId: acme.id,
      entities: ['PURCHASE_ORDER'],
      mode: 'FULL_RESYNC',
    })
    return syncRun.id
  }

  test('two windows agree on what one of them does', async () => {
    const one = await dashboard.newOwner()
    const other = await one.another()
    await other.open('/production/connections')
    await seen(other.page.getByRole('link', { name: 'Acme', exact: true }))
    await one.page.getByRole('link', { name: 'Acme', exact: true }).click()
    await one.page.getByRole('button', { name: 'Pause' }).click()
    await seen(other.page.getByRole('cell', { name: 'Paused' }))
    await other.page.getByRole('link', { name: 'Acme', exact: true }).click()
    await other.page.getByRole('button', { name: 'Resume' }).click()
    await seen(one.page.getByRole('button', { name: 'Pause' }))
    expect([...one.faults, ...other.faults]).toEqual([])
  })

  test('the list follows a run while it reads, and its rows keep their place', async () => {
    const { page } = await dashboard.newOwner()
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })
    await seen(row)
    const before = await row.boundingBox()
    await startHeld(6)
    await reads(row, /[1-9]\d* (of|read)/)
    expect(await row.boundingBox()).toEqual(before)
    dashboard.gate.open()
    await reads(row, /Succeeded/)
    expect(await row.boundingBox()).toEqual(before)
  })

  test('an open page survives the death of the API: it says so, and misses nothing of the run', async () => {
    const { page } = await dashboard.newOwner()
    const syncRunId = await startHeld(6)
    await page.goto(`${dashboard.origin}/production/runs/${encodeURIComponent(syncRunId)}`)
    const read = page.getByRole('definition').first()
    await reads(read, /^[1-9]/)
    await reads(page.getByRole('status'), /Live/)

    await dashboard.syncline.killApi()
    await seen(page.getByText('Reconnecting'))
    dashboard.gate.open()
    await dashboard.syncline.startApi()

    await seen(page.getByText('The run has succeeded.'))
    await reads(page.getByRole('status'), /Live/)
    await reads(page.getByRole('heading', { level: 1 }).locator('xpath=..'), /Succeeded/)
    const milestones = (await storedEvents(dashboard.owner, syncRunId)).filter(({ type }) => type !== 'ENTITY_PROGRESS')
    const told = page.getByRole('region', { name: 'Events' }).getByRole('listitem')
    await expect.poll(() => told.count(), patience).toBe(milestones.length)
  })

  test('a page that cannot be read while the API is away says so, and the others go on when it is back', async () => {
    const { page, another } = await dashboard.newOwner()
    await seen(heading(page, 'Connections'))
    const second = await another()
    await second.open('/production/credits')
    await seen(heading(second.page, 'Credits'))
    await dashboard.syncline.killApi()
    await second.page.getByRole('link', { name: 'Audit log' }).click()
    await seen(second.page.getByText('does not answer').or(second.page.getByText('could not be shown')))
    await dashboard.syncline.startApi()
    await seen(page.getByText('Live'))
    await seen(heading(second.page, 'Audit log'))
    await second.page.getByRole('link', { name: 'Overview' }).click()
    await seen(second.page.getByRole('figure'))
  })

  test('a computer that is offline is told so', async () => {
    const { page, context } = await dashboard.newOwner()
    await seen(heading(page, 'Connections'))
    await context.setOffline(true)
    await seen(page.getByText('Offline'))
    await context.setOffline(false)
    await seen(page.getByText('Live'))
  })
})
