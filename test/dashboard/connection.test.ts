import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callerOf } from '../e2e/graphql-client.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, heading, patience, reads, seen, startDashboard, type Visitor } from './dashboard.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('the life of a connection', () => {
  let dashboard: Dashboard
  let owner: Visitor
  let token = ''
  let connectionPage = ''

  beforeAll(async () => {
    dashboard = await startDashboard()
    owner = await dashboard.newOwner()
  })
  afterAll(() => dashboard?.stop())

  const entityRow = (name: string) => owner.page.getByRole('row').filter({ hasText: name })
  const freeCredits = async () => (await dashboard.owner.data('{ credits { available } }')).credits.available as number
  const status = () => owner.page.getByRole('heading', { level: 1 }).locator('xpath=..')

  async function start(what: RegExp) {
    const { page } = owner
    await page.goto(connectionPage)
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByRole('radio', { name: what }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await seen(heading(page, /sync of Acme Hamburg/))
  }

  test('a source that does not answer is told at its field, and nothing is connected', async () => {
    const { page } = owner
    await page.getByRole('link', { name: 'Connect a system' }).first().click()
    await page.getByRole('radio', { name: 'Demo ERP' }).click()
    await page.getByRole('button', { name: /Optional settings/ }).click()
    await page.getByLabel('Base URL').fill('not a URL')
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await reads(page.getByRole('alert'), /baseUrl.*is not an http or https URL/)
    await page.getByLabel('Base URL').fill('http://127.0.0.1:1')
    await page.getByRole('button', { name: 'Connect Demo ERP' }).click()
    await reads(page.getByRole('alert'), /does not answer|cannot be reached|refused|not reached/i)
    expect((await dashboard.owner.data('{ connections { totalCount } }')).connections.totalCount).toBe(0)
  })

  test('a system is connected, its token shown once, and its initial sync moves before the eyes', async () => {
    const { page } = owner
    const before = await freeCredits()
    dashboard.gate.letThrough(8)
    await page.getByLabel('Base URL').fill(dashboard.gate.url)
    await page.getByLabel('Page size').fill('50')
    await page.getByLabel('Max in flight').fill('1')
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await seen(page.getByText('The source answers and serves 5 entities.'))
    await page.getByLabel('Name of the connection').fill('Acme Hamburg')
    await page.getByLabel('Customer key').fill('acme')
    await page.getByRole('button', { name: 'Connect Acme Hamburg' }).click()
    token = (await page.locator('[data-secret]').textContent()) ?? ''
    expect(token).toMatch(/^syn_prod_/)
    expect(await freeCredits()).toBe(before - 1)
    await page.getByRole('button', { name: 'I have the token' }).click()
    await seen(heading(page, 'Initial sync of Acme Hamburg'))
    const read = page.getByRole('definition').first()
    await reads(read, /^[1-9]/)
    const first = Number(await read.textContent())
    dashboard.gate.letThrough(6)
    await expect.poll(async () => Number(await read.textContent()), patience).toBeGreaterThan(first)
    await reads(status(), /Running/)
    dashboard.gate.open()
    await reads(status(), /Succeeded/)
    await reads(read, /^1,4\d\d$/)
    await seen(page.getByText('The run has succeeded.'))
    expect(await page.getByRole('link', { name: /Open in Temporal/ }).getAttribute('href')).toContain(
      'http://temporal.test/namespaces/default/workflows/',
    )
    await page.getByRole('link', { name: 'Acme Hamburg' }).click()
    await reads(entityRow('Purchase orders'), /[67]\d\d/)
    connectionPage = page.url()
  })

  test('an incremental sync brings what changed, a re-sync reads all again, a canceled run keeps what it has', async () => {
    const { page } = owner
    dashboard.demo.touch('VENDOR', 3)
    await start(/What has changed/)
    await reads(status(), /Succeeded/)
    await reads(page.getByRole('definition').nth(2), /^3$/)

    await start(/Everything/)
    await seen(heading(page, 'Full re-sync of Acme Hamburg'))
    await reads(status(), /Succeeded/)
    await reads(page.getByRole('definition').nth(3), /^1,4\d\d$/)

    dashboard.gate.letThrough(1)
    await start(/Everything/)
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('button', { name: 'Cancel the run' }).click()
    await reads(status(), /Canceled/)
    // its button is gone; the keyboard goes on in the page
    const focused = () => page.evaluate(() => document.activeElement?.tagName)
    await expect.poll(focused, patience).toBe('MAIN')
    await seen(page.getByText('The run has been canceled.'))
    dashboard.gate.open()
    const canceled = page.url()
    await page.getByRole('button', { name: 'Retry Vendors' }).click()
    await page.waitForURL((url) => url.href !== canceled)
    await reads(status(), /Succeeded/)
    await seen(heading(page, 'Full re-sync of Acme Hamburg'))
    expect(await page.getByRole('progressbar').evaluateAll((bars) => bars.map((bar) => bar.ariaLabel))).toEqual([
      'Vendors: share read',
    ])
  })

  test('records are found by filters, unified beside what the source sent', async () => {
    const { page } = owner
    await page.goto(connectionPage)
    await page.getByRole('link', { name: 'Purchase orders' }).click()
    await seen(heading(page, 'Records'))
    const number = (await page.locator('tbody button').nth(7).textContent()) ?? ''
    expect(await page.locator('tbody tr').nth(7).getByText(number, { exact: true }).count()).toBe(1)
    await page.getByLabel('Number').fill(number)
    await expect.poll(() => page.locator('tbody tr').count(), patience).toBe(1)
    await page.locator('tbody button').first().click()
    await seen(page.getByRole('heading', { name: 'As the source sent it' }))
    await seen(page.locator('pre').getByText(number))
  })

  test('a paused connection syncs nothing until it is resumed; a rotated token replaces the one before', async () => {
    const { page } = owner
    await page.goto(connectionPage)
    await page.getByRole('button', { name: 'Pause' }).click()
    await reads(status(), /Paused/)
    expect(await page.getByRole('button', { name: 'Sync now' }).getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('button', { name: 'Resume' }).click()
    await reads(status(), /Active/)

    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Rotate the token' }).click()
    await page.getByLabel('Overlap').first().click()
    await page.getByRole('option', { name: /None/ }).click()
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    const newer = (await page.locator('[data-secret]').textContent()) ?? ''
    expect(newer).not.toBe(token)
    const viewer = '{ viewer { kind } }'
    expect((await callerOf(dashboard.origin, token).ask(viewer)).status).toBe(401)
    expect((await callerOf(dashboard.origin, newer).ask(viewer)).status).toBe(200)
    token = newer
    await page.getByRole('button', { name: 'I have the token' }).click()
  })

  test('disconnecting spells out what it does, refuses the token and gives the credit back', async () => {
    const { page } = owner
    const before = await freeCredits()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Disconnect' }).click()
    const disconnect = page.getByRole('button', { name: 'Disconnect' })
    await seen(page.getByText('Its token is refused'))
    expect(await disconnect.isDisabled()).toBe(true)
    await page.getByLabel('Type Acme Hamburg to confirm').fill('Acme Hamburg')
    await disconnect.click()
    await seen(page.getByText('This connection is disconnected'))
    await reads(status(), /Disconnected/)
    expect(await freeCredits()).toBe(before + 1)
    expect((await callerOf(dashboard.origin, token).ask('{ viewer { kind } }')).status).toBe(401)
  })

  test('it is reconnected with a new token, and the data of the old one are deleted', async () => {
    const { page } = owner
    await page.getByRole('button', { name: 'Reconnect' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Reconnect' }).click()
    const newer = (await page.locator('[data-secret]').textContent()) ?? ''
    expect(newer).toMatch(/^syn_prod_/)
    expect(newer).not.toBe(token)
    await page.getByRole('button', { name: 'I have the token' }).click()
    await seen(heading(page, 'Initial sync of Acme Hamburg'))
    await page.getByRole('link', { name: 'Acme Hamburg' }).click()
    await reads(status(), /Active/)

    await page.goto(connectionPage)
    await seen(page.getByText('It was reconnected as'))
    await page.getByRole('button', { name: 'Delete data' }).click()
    await page.getByLabel('Type Acme Hamburg to confirm').fill('Acme Hamburg')
    await page.getByRole('button', { name: 'Delete the data' }).click()
    await seen(page.getByText('Its data are deleted.'))
    await reads(entityRow('Purchase orders'), /Deleted/)
    await page.getByRole('tab', { name: 'Charts' }).click()
    await seen(page.getByRole('heading', { name: 'What runs changed' }))
    expect(await page.getByRole('heading', { name: 'Records' }).count()).toBe(0)
    await page.getByText('As a table').click()
    await reads(page.getByRole('region', { name: 'Figures of the charts' }).getByRole('cell').last(), /^–$/)
  })

  test('no page has logged an error', () => {
    expect(owner.faults).toEqual([])
  })
})
