import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { storeId } from '../../src/graphql/node-id.ts'
import type { NewEvent } from '../../src/store/event-append.ts'
import { addEvents } from '../graphql/rows.ts'
import { chromiumPath } from './chromium.ts'
import { openFrontDoor } from './front-door.ts'
import { holdAnswer } from './held-answers.ts'
import { heading, patience, seen } from './looking.ts'
import { ownerKey, type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'
import { signIn } from './visitors.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('the timeline of a run', () => {
  let dashboard: SmallDashboard
  let door: Awaited<ReturnType<typeof openFrontDoor>>
  let run: { id: string; path: string }
  let happens: (...events: NewEvent[]) => Promise<void>

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
    door = await openFrontDoor(dashboard.origin)
    const { id } = await dashboard.connect('Plant')
    const { data } = await dashboard.api.ask(
      'query ($id: ID!) { connection(id: $id) { syncRuns { edges { node { id } } } } }',
      { variables: { id } },
    )
    const runId = data.connection.syncRuns.edges[0].node.id as string
    run = { id: runId, path: `/production/runs/${encodeURIComponent(runId)}` }
    const syncRunId = String(storeId('SyncRun', runId))
    happens = (...events) =>
      addEvents(
        dashboard.api.db,
        String(storeId('Connection', id)),
        events.map((event) => ({ syncRunId, entity: 'VENDOR', ...event })),
      )
    // more than a page of them
    await happens(...Array.from({ length: 250 }, (_, i) => ({ type: 'ENTITY_STARTED' as const, message: `No. ${i}.` })))
  })
  afterEach(async () => {
    door?.letUpgradesThrough()
    await dashboard?.closeWindows()
  })
  afterAll(async () => {
    await dashboard?.stop()
    await door?.close()
  })

  const told = (page: Page) => page.getByRole('region', { name: 'Events' }).getByRole('listitem')

  async function atEarlier() {
    const { page } = await dashboard.newVisitor()
    await page.goto(`${door.origin}${run.path}`)
    await signIn(page, ownerKey)
    await seen(heading(page, 'Initial sync of Plant'))
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    await seen(told(page).filter({ hasText: 'No. 249.' }))
    await page.getByRole('button', { name: 'Earlier' }).click()
    await seen(page.getByText('The run is queued.'))
    return page
  }

  test('what was before the newest page is shown, and the newest again, with what came meanwhile', async () => {
    const page = await atEarlier()
    expect(await told(page).filter({ hasText: 'No. 249.' }).count()).toBe(0)
    const before = await told(page).count()
    await happens({ type: 'ENTITY_CANCELING' })
    await page.getByRole('button', { name: 'Newest' }).click()
    await seen(page.getByText('Vendors: is being canceled.'))
    await expect.poll(() => told(page).count(), patience).toBe(200)
    expect(before).toBeLessThan(200)
  })

  test('why an entity is tried again is told after a break of the stream, also beside an earlier page', async () => {
    const page = await atEarlier()
    const shown = await told(page).allTextContents()
    door.holdUpgrades()
    door.cutSockets()
    await seen(page.getByRole('banner').getByText('Reconnecting'))
    await happens({ type: 'ENTITY_RETRYING', message: 'Attempt 2. It answers 503.' })
    door.letUpgradesThrough()
    await seen(page.getByText('Trying again. Attempt 2. It answers 503.'))
    expect(await told(page).allTextContents()).toEqual(shown)
  })

  test('nothing is skipped: from a page that is just being replaced it does not go on to an earlier one', async () => {
    await happens(
      ...Array.from({ length: 400 }, (_, i) => ({ type: 'ENTITY_STARTED' as const, message: `Later ${i}.` })),
    )
    const { page } = await dashboard.newVisitor()
    await page.goto(`${door.origin}${run.path}`)
    await signIn(page, ownerKey)
    await seen(told(page).filter({ hasText: 'Later 399.' }))
    const earlier = page.getByRole('button', { name: 'Earlier' })
    const off = () => earlier.getAttribute('aria-disabled')
    await earlier.click()
    await seen(told(page).filter({ hasText: 'Later 199.' }))
    await happens({ type: 'ENTITY_CANCELING' })
    await page.getByRole('button', { name: 'Newest' }).click()
    await seen(told(page).filter({ hasText: 'Vendors: is being canceled.' }))
    await expect.poll(() => told(page).filter({ hasText: 'Later 200.' }).count(), patience).toBe(0)
    const held = await holdAnswer(page, 'RunTimeline')
    await earlier.click()
    await seen(told(page).filter({ hasText: 'Later 199.' }))
    await held.answered
    expect(await off()).toBe('true')
    held.release()
    await seen(told(page).filter({ hasText: 'Later 200.' }))
    await expect.poll(off, patience).not.toBe('true')
  })
})
