import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { addEvents } from '../graphql/rows.ts'
import { storeId } from '../../src/graphql/node-id.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { asks, leaveUnanswered, limitAnswers } from './held-answers.ts'
import { heading, patience, reads, seen } from './looking.ts'
import { ownerKey, type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'
import { signIn } from './visitors.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

/** Enough for what is answered. */
const impatientMs = 5_000

describe.skipIf(chromiumPath === undefined)('what nobody answers', () => {
  let dashboard: SmallDashboard
  let plant: Awaited<ReturnType<SmallDashboard['connect']>>

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
    plant = await dashboard.connect('Plant')
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  const outOfDate = (page: Page) => page.getByText('What you see may be out of date.')
  const change = () =>
    addEvents(dashboard.api.db, String(storeId('Connection', plant.id)), [{ type: 'CONNECTION_PAUSED' }])

  test('a first question that hangs is told as one that failed, and is asked again', async () => {
    const { page, open } = await dashboard.newVisitor()
    await limitAnswers(page, impatientMs)
    const list = await leaveUnanswered(page, 'Connections')
    await open('/production/connections')
    await signIn(page, ownerKey)
    await seen(page.getByText('took too long to answer'))
    await page.getByRole('button', { name: 'Try again' }).click()
    await list.letThrough()
    await seen(page.getByRole('link', { name: 'Plant' }))
    // the button is gone; the keyboard goes on in the page
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), patience).toBe('MAIN')
  })

  test('what is shown stays when reading it again hangs, and is said to be out of date', async () => {
    const { page, open } = await dashboard.newOwner()
    await limitAnswers(page, impatientMs)
    await open('/production/connections')
    await seen(page.getByRole('link', { name: 'Plant' }))
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    const list = await leaveUnanswered(page, 'Connections')
    await change()
    await seen(outOfDate(page))
    expect(await page.getByRole('link', { name: 'Plant' }).count()).toBe(1)
    await list.letThrough()
    await outOfDate(page).waitFor({ state: 'detached' })
  })

  test('whoever tries again is not left with a question that hangs', async () => {
    const { page, open } = await dashboard.newOwner({}, '/production/credits')
    const list = await leaveUnanswered(page, 'Connections')
    let failed = false
    await page.route('**/graphql', (route) => {
      if (failed || !asks(route.request(), 'Connections')) return route.fallback()
      failed = true
      return route.abort()
    })
    await open('/production/connections')
    await seen(page.getByText('This could not be read'))
    // by itself
    await expect.poll(list.asked, patience).toBe(1)
    await expect
      .poll(
        async () => {
          await page.getByRole('button', { name: 'Try again' }).click()
          return list.asked()
        },
        { timeout: 25_000, interval: 1_000 },
      )
      .toBeGreaterThan(1)
  })

  test('one notice says it for all that a page could not read again, covers nothing that ends it, and tries all of it again', async () => {
    const { page, open } = await dashboard.newOwner({ reducedMotion: 'reduce' })
    await open(`${plant.path}?tab=runs`)
    await seen(page.getByRole('navigation', { name: 'Paging' }))
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    const failed = new Set<string>()
    page.on('requestfailed', (request) => {
      const [, name] = /"operationName":"(\w+)"/.exec(request.postData() ?? '') ?? []
      if (name) failed.add(name)
    })
    await page.route('**/graphql', (route) => route.abort())
    await change()
    await expect.poll(() => [...failed], patience).toEqual(expect.arrayContaining(['Connection', 'ConnectionRuns']))
    await seen(outOfDate(page))
    expect(await outOfDate(page).count()).toBe(1)
    expect(await violations(page)).toEqual([])

    const notice = page.getByRole('status').filter({ has: outOfDate(page) })
    expect(await notice.getByRole('alert').count()).toBe(0) // it would be spoken twice
    const next = page.getByRole('navigation', { name: 'Paging' })
    for (const viewport of [
      { width: 1100, height: 420 },
      { width: 360, height: 480 },
    ]) {
      await page.setViewportSize(viewport)
      await page.waitForFunction((width) => innerWidth === width, viewport.width)
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
      const [pager, above] = [await next.boundingBox(), await notice.boundingBox()]
      expect((above?.y ?? 0) - (pager?.y ?? 0) - (pager?.height ?? 0)).toBeGreaterThan(24)
    }

    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await outOfDate(page).waitFor({ state: 'detached' })
  })

  test('the overview stays through an outage, also when its moment has moved on', async () => {
    const { page, open } = await dashboard.newOwner()
    await page.clock.install()
    await open('/production/overview')
    const tile = page.getByRole('link', { name: /Active/ })
    await seen(tile)
    await seen(page.getByRole('heading', { name: 'Needs attention' }))
    await page.route('**/graphql', (route) => route.abort())
    await page.clock.fastForward('02:10')
    await seen(outOfDate(page))
    await page.clock.fastForward('02:10')
    expect(await tile.isVisible()).toBe(true)
    expect(await page.getByText('This could not be read').count()).toBe(0)
    await page.unroute('**/graphql')
    await page.clock.fastForward('01:00')
    await outOfDate(page).waitFor({ state: 'detached' })
  })

  test('a change that is not answered ends its waiting, and may be done all the same', async () => {
    const { page, open } = await dashboard.newOwner()
    await limitAnswers(page, impatientMs)
    await open(plant.path)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Change the settings' }).click()
    await page.getByLabel('Name of the connection').fill('Works')
    await leaveUnanswered(page, 'UpdateConnection')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Save|Change/ })
      .click()
    await reads(page.getByRole('dialog').getByRole('alert'), /took too long.*may have been done all the same/)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('where nobody says who is signed in, the page says that Syncline does not answer', async () => {
    const { another } = await dashboard.newOwner()
    const { page, open } = await another()
    await limitAnswers(page, impatientMs)
    const session = await leaveUnanswered(page, 'Session')
    await open('/production/credits')
    await seen(heading(page, 'Syncline does not answer'))
    await session.letThrough()
    await seen(heading(page, 'Credits'))
  })

  test('an environment that is not known is said to be none only by whoever knows', async () => {
    const { page, open } = await dashboard.newOwner()
    await limitAnswers(page, impatientMs)
    await open('/production/credits')
    await seen(heading(page, 'Credits'))
    const session = await leaveUnanswered(page, 'Session')
    await page.evaluate(() => {
      history.pushState({}, '', '/nowhere/credits')
      dispatchEvent(new PopStateEvent('popstate'))
    })
    await seen(heading(page, 'Syncline does not answer'))
    await session.letThrough()
    await seen(heading(page, 'Nothing is here'))
  })

  test('signing out shows that it waits, and ends its waiting', async () => {
    const { page, open } = await dashboard.newOwner()
    await limitAnswers(page, impatientMs)
    await open('/production/credits')
    await seen(heading(page, 'Credits'))
    await page.route('**/session', () => {})
    const button = page.getByRole('button', { name: 'Sign out' })
    const waits = page.locator('button[aria-label="Sign out"][aria-disabled=true]').waitFor()
    await button.click()
    await waits
    await seen(page.getByRole('dialog', { name: 'You are not signed out' }))
    await page.getByRole('button', { name: 'Stay signed in' }).click()
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await expect.poll(focused, patience).toBe('Sign out')
  })

  test('a page or a chart whose script could not be loaded says so, leaves the rest usable, and comes by itself', async () => {
    const { page, open } = await dashboard.newOwner()
    await open('/production/overview')
    await seen(heading(page, 'Overview'))
    await page.route('**/_assets/*', (route) => route.abort())
    await page.getByRole('link', { name: 'Audit log' }).click()
    await seen(heading(page, 'This page could not be shown'))
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Connections', exact: true }).click()
    await seen(heading(page, 'Connections'))
    await page.getByRole('link', { name: 'Audit log' }).click()
    await seen(heading(page, 'This page could not be shown'))
    await page.unroute('**/_assets/*')
    await seen(heading(page, 'Audit log'))
    await seen(page.getByText('Session open'))

    await page.route('**/_assets/freshness-chart*', (route) => route.abort())
    await open('/production/overview')
    await seen(page.getByRole('heading', { name: 'This part could not be shown' }))
    expect(await page.getByRole('link', { name: /Active/ }).isVisible()).toBe(true)
    expect(await page.getByRole('heading', { name: 'Needs attention' }).isVisible()).toBe(true)
    await page.unroute('**/_assets/freshness-chart*')
    await seen(page.getByRole('figure'))
  })
})
