import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Connected } from '../e2e/demo-job.ts'
import { finished, runOf, startSync } from '../e2e/runs.ts'
import { eventually } from '../eventually.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, reads, seen, startDashboard } from './dashboard.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('a page while things happen', () => {
  let dashboard: Dashboard
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    acme = await dashboard.connectAcme()
  })
  afterEach(async () => {
    dashboard?.gate.open()
    dashboard?.demo.setSwitches({ forbidden: '', error500: 0, hang: false })
    await dashboard?.closeWindows()
  })
  afterAll(() => dashboard?.stop())

  async function start(entities: string[], mode = 'FULL_RESYNC'): Promise<string> {
    const { syncRun } = await startSync(dashboard.owner, { connectionId: acme.id, entities, mode })
    return syncRun.id
  }
  const runPage = (id: string) => `/production/runs/${encodeURIComponent(id)}`
  const connectionPage = () => `/production/connections/${encodeURIComponent(acme.id)}`
  const status = (page: Page) => page.getByRole('heading', { level: 1 }).locator('xpath=..')

  /** Where the parts of a page are that one looks at, from its top. */
  const places = (page: Page, parts: string) =>
    page.locator(parts).evaluateAll((found) => found.map((each) => Math.round(each.getBoundingClientRect().top)))

  test('nothing on the page of a run moves while it reads, is canceled and ends', async () => {
    const { page, open } = await dashboard.newOwner({ reducedMotion: 'reduce' })
    dashboard.gate.letThrough(4)
    const id = await start(['PURCHASE_ORDER', 'VENDOR', 'PART'])
    await open(runPage(id))
    await reads(page.getByRole('definition').first(), /^[1-9]/)
    const parts = 'h1, dl dt, [role=progressbar], section h2'
    const before = await places(page, parts)
    expect(await violations(page)).toEqual([])
    const shares = await page
      .getByRole('progressbar')
      .evaluateAll((bars) => bars.map((bar) => bar.ariaValueNow ?? bar.ariaValueText))
    for (const share of shares) expect(share).toMatch(/^(\d+|Going on)$/)
    await page.getByRole('button', { name: 'Cancel Purchase orders' }).click()
    await seen(page.getByText('Purchase orders: is being canceled.').or(page.getByText('Purchase orders: canceled')))
    dashboard.gate.open()
    await reads(status(page), /Partly succeeded/)
    expect(await places(page, parts)).toEqual(before)
  })

  test('rows of the list keep their place while a run comes and goes', async () => {
    const { page } = await dashboard.newOwner({ reducedMotion: 'reduce' })
    await seen(page.getByRole('link', { name: 'Acme', exact: true }))
    const row = page.getByRole('row').nth(1)
    const before = await places(page, 'h1, tr, nav')
    dashboard.gate.letThrough(3)
    const id = await start(['PURCHASE_ORDER'])
    await reads(row, /[1-9]\d* (of|read)/)
    expect(await places(page, 'h1, tr, nav')).toEqual(before)
    expect(await violations(page)).toEqual([])
    dashboard.gate.open()
    await finished(dashboard.owner, id)
    await reads(row, /Succeeded/)
    expect(await places(page, 'h1, tr, nav')).toEqual(before)
  })

  test('another window learns that a run is being canceled', async () => {
    const { page, open } = await dashboard.newOwner()
    dashboard.gate.letThrough(2)
    const id = await start(['PURCHASE_ORDER'])
    await open(runPage(id))
    await reads(page.getByRole('definition').first(), /^[1-9]/)
    await dashboard.owner.mutate('cancelSync', { syncRunId: id }, '{ syncRun { id } }')
    await seen(page.getByText('Purchase orders: is being canceled.'))
    dashboard.gate.open()
    await reads(status(page), /Canceled/)
  })

  test('a page that cannot be read again says so without moving, and goes on by itself', async () => {
    const { page, open } = await dashboard.newOwner()
    await open(connectionPage())
    await seen(page.getByRole('link', { name: 'Purchase orders' }))
    const before = await places(page, 'h1, tr')
    await page.route('**/graphql', (route) => route.abort())
    await dashboard.owner.mutate('pauseConnection', { connectionId: acme.id }, '{ connection { id } }')
    await seen(page.getByText('What you see may be out of date.'))
    expect(await places(page, 'h1, tr')).toEqual(before)
    expect(await violations(page)).toEqual([])
    await page.unroute('**/graphql')
    await reads(status(page), /Paused/)
    await dashboard.owner.mutate('resumeConnection', { connectionId: acme.id }, '{ connection { id } }')
    await reads(status(page), /Active/)
  })

  test('offline, empty and unknown are told, with nothing that axe-core finds wrong', async () => {
    const { page, context, open } = await dashboard.newOwner()
    await open('/testing/connections')
    await seen(page.getByText('Nothing is connected yet'))
    expect(await violations(page)).toEqual([])
    await open('/testing/overview')
    await seen(page.getByText('Nothing does'))
    expect(await violations(page)).toEqual([])
    await open(runPage('bm9ib2R5'))
    await seen(page.getByText('No such run'))
    expect(await violations(page)).toEqual([])
    await context.setOffline(true)
    await seen(page.getByText('Offline'))
    expect(await violations(page)).toEqual([])
    await context.setOffline(false)
  })

  test('while it is tried again a run says why and what to do, in a line that is kept free for it', async () => {
    const { page, open } = await dashboard.newOwner({ reducedMotion: 'reduce' })
    dashboard.demo.setSwitches({ error500: 1 })
    const id = await start(['VENDOR'], 'INCREMENTAL')
    await open(runPage(id))
    await seen(page.getByText(/Trying again\. Attempt \d+\. .*500/))
    const parts = 'h1, dl dt, [role=progressbar], section h2'
    const before = await places(page, parts)
    const note = page.getByRole('group').filter({ hasText: /Trying again\.|It was tried again\./ })
    await note.getByText('Trying again.').click()
    await seen(note.getByText('What to do:'))
    await reads(note, /The source did not answer\. .*500.*Check that it runs and can be reached from here/)
    expect(await violations(page)).toEqual([])
    dashboard.demo.setSwitches({ error500: 0 })
    await reads(status(page), /Succeeded/)
    // whoever reads the note goes on reading it
    await reads(note, /It was tried again\. .*500/)
    await note.getByText('It was tried again.').click()
    await note.waitFor({ state: 'detached' })
    expect(await places(page, parts)).toEqual(before)
    await reads(page.getByRole('region', { name: 'Events' }), /is being tried again\. Attempt 2\. .*500/)
  })

  test('whoever comes in the middle of an attempt is told why the one before failed', async () => {
    const { page, open } = await dashboard.newOwner()
    dashboard.demo.setSwitches({ error500: 1 })
    const id = await start(['VENDOR'], 'INCREMENTAL')
    await open(runPage(id))
    await seen(page.getByText(/Trying again\. Attempt \d+\. /))
    dashboard.demo.setSwitches({ error500: 0, hang: true })
    const { entities } = await eventually('an attempt that hangs', async () => {
      const run = await runOf(dashboard.owner, id)
      return run.entities[0].error === null && run.entities[0].attempt > 1 && run
    })
    expect(entities).toMatchObject([{ status: 'RUNNING', error: null }])
    await page.reload()
    await seen(page.getByText(/Trying again\. Attempt \d+\. .*500/))
    dashboard.demo.setSwitches({ hang: false })
    await dashboard.owner.mutate('cancelSync', { syncRunId: id }, '{ syncRun { id } }')
    await reads(status(page), /Canceled/)
  })

  test('what a run has read so far shows in the list, among the entities and among the runs', async () => {
    dashboard.gate.letThrough(4)
    const { id, syncRunId } = await dashboard.connectBehindGate('Newcomer')
    const list = await dashboard.newOwner({}, '/production/connections')
    const [entities, runs] = [await list.another(), await list.another()]
    const page = `/production/connections/${encodeURIComponent(id)}`
    await Promise.all([entities.open(page), runs.open(`${page}?tab=runs`)])
    const listed = list.page.getByRole('row').filter({ hasText: 'Newcomer' }).getByRole('cell').nth(4)
    const counted = entities.page.locator('tbody tr td:nth-child(2)')
    const read = runs.page.locator('tbody tr').first().getByRole('cell').nth(5)
    const shown = [listed, counted, read]
    const sum = async (cells: Locator) => (await cells.allTextContents()).reduce((all, text) => all + Number(text), 0)
    // they have been read with little in them, and are not asked again by themselves for a minute
    await Promise.all([seen(listed), seen(read), seen(entities.page.getByRole('link', { name: 'Vendors' }))])
    const before = await Promise.all(shown.map(sum))
    dashboard.gate.letThrough(6)
    for (const [i, cells] of shown.entries())
      await expect.poll(() => sum(cells), { timeout: 40_000 }).toBeGreaterThan(before[i] ?? Number.NaN)
    dashboard.gate.open()
    await finished(dashboard.owner, syncRunId)
  })

  test('a record that is open changes when it has come anew', async () => {
    const { page, open } = await dashboard.newOwner()
    await open(`/production/records/${encodeURIComponent(acme.id)}/VENDOR`)
    await page.getByLabel('Order').first().click()
    await page.getByRole('option', { name: 'By number' }).click()
    await page.waitForURL(/NUMBER_ASC/)
    await page.locator('tbody button').first().click()
    const drawer = page.getByRole('dialog', { name: 'Record' })
    const changed = drawer.getByText('Updated at', { exact: true }).locator('xpath=following-sibling::dd')
    await seen(changed)
    const before = await changed.textContent()
    dashboard.demo.touch(
      'VENDOR',
      [...dashboard.demo.all('VENDOR')].map(({ key }) => key),
    )
    await finished(dashboard.owner, await start(['VENDOR'], 'INCREMENTAL'))
    await expect.poll(() => changed.textContent(), { timeout: 40_000 }).not.toBe(before)
  })

  test('a run that failed says why and what to do, and looks like it in the charts', async () => {
    const { page, open } = await dashboard.newOwner()
    dashboard.demo.setSwitches({ forbidden: 'parts' })
    const id = await start(['PART'], 'INCREMENTAL')
    await finished(dashboard.owner, id)
    await open(runPage(id))
    await seen(page.getByText('Parts: The source does not let these credentials read it'))
    await seen(page.getByText('What to do:'))
    expect(await violations(page)).toEqual([])
    await open(`${connectionPage()}?tab=charts`)
    await seen(page.getByText(/of which 1 failed/))
    await page.getByText('As a table').click()
    await seen(page.getByRole('cell', { name: 'Failed' }))
    expect(await violations(page)).toEqual([])
  })
})
