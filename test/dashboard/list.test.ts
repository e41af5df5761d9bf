import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connected, connectDemo } from '../e2e/demo-job.ts'
import { ownerKey } from '../e2e/processes.ts'
import { finished, startSync } from '../e2e/runs.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, heading, patience, reads, seen, signIn, startDashboard } from './dashboard.ts'
import { asks } from './held-answers.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('lists', () => {
  let dashboard: Dashboard
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    acme = await connectDemo(dashboard, { name: 'Acme Hamburg', customer: { externalId: 'acme' } })
    for (const name of ['Globex Berlin', 'Initech'])
      await connectDemo(dashboard, { name, entities: ['VENDOR'], customer: { externalId: `of ${name}` } })
    await finished(dashboard.owner, acme.syncRunId)
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  test('what narrows the list is in the address, and one button takes all of it away', async () => {
    const { page, open } = await dashboard.newOwner()
    await open('/production/connections?search=acme&status=ACTIVE&system=demo')
    const rows = page.locator('tbody tr')
    await seen(page.getByRole('link', { name: 'Acme Hamburg' }))
    await expect.poll(() => rows.count(), patience).toBe(1)
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => rows.count(), patience).toBe(3)
    expect(new URL(page.url()).search).toBe('')
    expect(await page.getByRole('searchbox').inputValue()).toBe('')

    await page.getByRole('searchbox').fill('globex')
    await expect.poll(() => rows.count(), patience).toBe(1)
    await seen(page.getByText('1 of 1 connections'))
    await page.reload()
    await expect.poll(() => rows.count(), patience).toBe(1)
    await page.getByRole('link', { name: 'Connections', exact: true }).click()
    await expect.poll(() => rows.count(), patience).toBe(3)
    expect(await page.getByRole('searchbox').inputValue()).toBe('')

    await page.getByRole('searchbox').fill('nobody')
    await seen(page.getByText('No connection fits'))
  })

  test('a connection is chosen by what one types, and a page at rest asks for nothing', async () => {
    const { page, open } = await dashboard.newOwner()
    let asked = 0
    page.on('request', (request) => {
      if (request.postData()?.includes('query ConnectionChoices(')) asked += 1
    })
    await open(`/production/records/${encodeURIComponent(acme.id)}/PURCHASE_ORDER`)
    const choice = page.getByRole('combobox', { name: 'Connection' })
    await expect.poll(() => choice.inputValue(), patience).toBe('Acme Hamburg · acme')
    await seen(page.locator('tbody button'))
    // time passes: what goes on elsewhere is no reason to ask
    const before = asked
    for (let run = 0; run < 3; run += 1) {
      const input = { connectionId: acme.id, entities: ['VENDOR'], mode: 'INCREMENTAL' }
      await finished(dashboard.owner, (await startSync(dashboard.owner, input)).syncRun.id)
    }
    // one more, once the stream of events stood
    expect(asked - before).toBeLessThanOrEqual(1)
    expect(await choice.inputValue()).toBe('Acme Hamburg · acme')
    await choice.fill('globex')
    await page.getByRole('option', { name: 'Globex Berlin' }).click()
    await page.waitForURL(/VENDOR/)
    await expect.poll(() => choice.inputValue(), patience).toBe('Globex Berlin · of Globex Berlin')
  })

  test('rows of what was asked for before are not shown as if they were of this', async () => {
    const { page, open } = await dashboard.newOwner()
    await open('/production/audit')
    await seen(heading(page, 'Audit log'))
    await seen(page.getByRole('cell', { name: 'Done' }))
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query AuditLog(') ? route.abort() : route.continue(),
    )
    await page.getByLabel('Outcome').first().click()
    await page.getByRole('option', { name: 'Refused, or failed' }).click()
    await seen(page.getByText('This could not be read'))
    expect(await page.getByRole('cell', { name: 'Done' }).count()).toBe(0)
    await page.unroute('**/graphql')
    // it tries by itself
    await seen(page.getByText('No entry fits').or(page.getByRole('cell', { name: 'Forbidden' })))
  })

  test('ages are those of the server, whatever the clock of the computer says', async () => {
    const { page, open } = await dashboard.newVisitor()
    await page.addInitScript(() => {
      const { now } = Date
      Date.now = () => now() + 3 * 3_600_000
    })
    await open('/production/connections')
    await signIn(page, ownerKey)
    await reads(page.locator('tbody time').first(), /^just now|^\d+\s?m/)
  })

  test('the next run of a connection without a schedule is by hand; of another nobody knows it while Temporal cannot say', async () => {
    await dashboard.owner.mutate(
      'setSchedule',
      { connectionId: acme.id, schedule: { every: 'PT1H' } },
      '{ connection { id } }',
    )
    const { page, open } = await dashboard.newOwner()
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query ConnectionsNextRuns(')) return route.continue()
      // as the API answers then
      const answer = await route.fetch()
      await route.fulfill({ body: (await answer.text()).replace(/"nextRunAt":"[^"]*"/g, '"nextRunAt":null') })
    })
    await open('/production/connections')
    const nextRun = (name: string) =>
      page
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name }) })
        .getByRole('cell')
        .last()
    await reads(nextRun('Initech'), /^Manual$/)
    await reads(nextRun('Acme Hamburg'), /^–$/)
  })

  test('a field of text shows what is typed in it, and never what stood there before', async () => {
    const { page } = await dashboard.newVisitor()
    await page.addInitScript(() => {
      const written: string[] = []
      Object.assign(globalThis, { written })
      const property = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')
      Object.defineProperty(HTMLInputElement.prototype, 'value', {
        ...property,
        set(this: HTMLInputElement, text: string) {
          if (this.type === 'search') written.push(text)
          property?.set?.call(this, text)
        },
      })
    })
    await page.goto(`${dashboard.origin}/production/connections?search=initech`)
    await signIn(page, ownerKey)
    const field = page.getByRole('searchbox')
    await expect.poll(() => field.inputValue(), patience).toBe('initech')
    const written = () => page.evaluate(() => (globalThis as unknown as { written: string[] }).written.splice(0))
    await written()
    for (const text of ['acme', 'globex']) {
      await field.selectText()
      await page.keyboard.type(text)
      await page.waitForURL(new RegExp(`search=${text}`))
      expect(await field.inputValue()).toBe(text)
      await seen(page.getByText('1 of 1 connections'))
    }
    // what a key has put there is not written once more
    expect(await written()).toEqual([])
  })

  test('what was not synced for an hour is of the hour before each question', async () => {
    const { page, open } = await dashboard.newOwner()
    const hours: string[] = []
    page.on('request', (request) => {
      const [, hour] = asks(request, 'Connections')
        ? (/"staleSince":"([^"]+)"/.exec(request.postData() ?? '') ?? [])
        : []
      if (hour !== undefined) hours.push(hour)
    })
    await open('/production/connections?stale=hour')
    await seen(page.getByText('No connection fits'))
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    const before = hours.length
    await dashboard.owner.mutate('pauseConnection', { connectionId: acme.id }, '{ connection { id } }')
    await dashboard.owner.mutate('resumeConnection', { connectionId: acme.id }, '{ connection { id } }')
    await expect.poll(() => hours.length, patience).toBeGreaterThan(before)
    expect(new Set(hours).size).toBe(hours.length)
  })
})
