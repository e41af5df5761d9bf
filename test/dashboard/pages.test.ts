import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connected, connectDemo } from '../e2e/demo-job.ts'
import { finished } from '../e2e/runs.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, heading, patience, seen, signIn, startDashboard, type Visitor } from './dashboard.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('every page', () => {
  let dashboard: Dashboard
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    acme = await connectDemo(dashboard, { name: 'Acme' })
    await finished(dashboard.owner, acme.syncRunId)
    await dashboard.owner.mutate(
      'createApiKey',
      { environment: 'production', name: 'Reader', scopes: ['RECORDS_READ'] },
      '{ apiKey { id } }',
    )
  })
  afterAll(() => dashboard?.stop())

  const connection = () => `/production/connections/${encodeURIComponent(acme.id)}`
  const pages: [string, () => string, (page: Page) => Promise<void>][] = [
    ['Connections', () => '/production/connections', (page) => seen(page.getByRole('link', { name: 'Acme' }))],
    ['Overview', () => '/production/overview', (page) => seen(page.getByRole('heading', { name: 'Freshness' }))],
    [
      'Connect',
      () => '/production/connect',
      async (page) => {
        await page.getByRole('radio', { name: /OData/ }).click()
        await page.getByRole('button', { name: 'Start with a skeleton' }).click()
        await page.getByRole('button', { name: 'Test the connection' }).click()
        await seen(page.getByRole('alert'))
      },
    ],
    ['Connection', connection, (page) => seen(page.getByRole('link', { name: 'Purchase orders' }))],
    ['Runs', () => `${connection()}?tab=runs`, (page) => seen(page.getByRole('link', { name: 'Initial' }))],
    ['Charts', () => `${connection()}?tab=charts`, (page) => seen(page.getByRole('figure'))],
    ['Rejected', () => `${connection()}?tab=rejected`, (page) => seen(page.getByText('None is rejected'))],
    ['Settings', () => `${connection()}?tab=settings`, (page) => seen(page.getByRole('heading', { name: 'Token' }))],
    [
      'Sync dialog',
      connection,
      async (page) => {
        await page.getByRole('button', { name: 'Sync now' }).click()
        await seen(page.getByRole('button', { name: 'Start' }))
      },
    ],
    [
      'Disconnect dialog',
      connection,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).click()
        await page.getByRole('menuitem', { name: 'Disconnect' }).click()
        await seen(page.getByText('At once, and for good'))
      },
    ],
    [
      'Token dialog',
      connection,
      async (page) => {
        await page.getByRole('button', { name: 'More actions' }).click()
        await page.getByRole('menuitem', { name: 'Rotate it by itself' }).click()
        await page.getByRole('switch', { name: 'Rotate it by itself' }).press('Space')
        await seen(page.getByLabel('Path'))
      },
    ],
    [
      'Key dialog',
      () => '/production/keys',
      async (page) => {
        await page.getByRole('button', { name: 'Make a key' }).click()
        await seen(page.getByLabel('Read records'))
      },
    ],
    [
      'Run',
      () => `/production/runs/${encodeURIComponent(acme.syncRunId)}`,
      (page) => seen(page.getByText('The run has succeeded.')),
    ],
    [
      'Record',
      () => `/production/records/${encodeURIComponent(acme.id)}/WORK_ORDER`,
      async (page) => {
        await page.locator('tbody button').first().click()
        await seen(page.getByRole('heading', { name: 'As the source sent it' }))
      },
    ],
    ['Records', () => '/production/records', (page) => seen(page.getByLabel('Connection'))],
    ['Credits', () => '/production/credits', (page) => seen(page.getByRole('heading', { name: 'Environments' }))],
    ['Keys', () => '/production/keys', (page) => seen(page.getByRole('button', { name: 'Rotate Reader' }))],
    ['Audit log', () => '/production/audit', (page) => seen(page.getByText('Connection create').first())],
    ['Nothing', () => '/production/no-such-page', (page) => seen(heading(page, 'Nothing is here'))],
  ]

  test.each(['light', 'dark'] as const)(
    'has nothing that axe-core finds wrong, and no error, when it is %s',
    async (colorScheme) => {
      const visitor = await dashboard.newOwner({ colorScheme, reducedMotion: 'reduce' })
      const found: Record<string, string[]> = {}
      for (const [name, path, ready] of pages) {
        const { page, open }: Visitor = visitor
        await open(path())
        await ready(page)
        found[name] = [...(await violations(page)), ...visitor.faults.splice(0)]
      }
      expect(found).toEqual(Object.fromEntries(pages.map(([name]) => [name, []])))
    },
  )

  test('the page to sign in has nothing wrong either, with its refusal', async () => {
    const { page, open } = await dashboard.newVisitor()
    await open('/')
    await seen(heading(page, 'Sign in'))
    expect(await violations(page)).toEqual([])
    await signIn(page, 'no key')
    await seen(page.getByText('not known'))
    expect(await violations(page)).toEqual([])
  })

  test('the keyboard alone leads from the address to a dialog and back', async () => {
    const { page } = await dashboard.newOwner()
    await seen(page.getByRole('link', { name: 'Acme' }))
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
    for (let i = 0; i < 25 && (await focused()) !== 'Acme'; i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await seen(heading(page, 'Acme'))
    const sync = page.getByRole('button', { name: 'Sync now' })
    await sync.focus()
    await page.keyboard.press('Enter')
    await seen(page.getByRole('dialog'))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(focused, patience).toBe('Sync now')
  })

  test('a telephone shows every page without moving sideways', async () => {
    const { page, open } = await dashboard.newOwner({ viewport: { width: 390, height: 800 } })
    for (const [, path, ready] of pages.slice(0, 4)) {
      await open(path())
      await ready(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    }
  })
})
