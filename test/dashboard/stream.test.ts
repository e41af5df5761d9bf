import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connected, connectDemo } from '../e2e/demo-job.ts'
import { ownerKey } from '../e2e/processes.ts'
import { finished, startSync } from '../e2e/runs.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, reads, seen, signIn, startDashboard } from './dashboard.ts'
import { openFrontDoor } from './front-door.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

const patience = { timeout: 60_000 }

describe.skipIf(chromiumPath === undefined)('the stream of events', () => {
  let dashboard: Dashboard
  let door: Awaited<ReturnType<typeof openFrontDoor>>
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    door = await openFrontDoor(dashboard.origin)
    acme = await connectDemo(dashboard, {
      name: 'Acme',
      config: { baseUrl: dashboard.gate.url, pageSize: 50, maxInFlight: 1 },
    })
    await finished(dashboard.owner, acme.syncRunId)
  })
  afterEach(async () => {
    door?.letUpgradesThrough()
    dashboard?.gate.open()
    await dashboard?.closeWindows()
  })
  afterAll(async () => {
    await dashboard?.stop()
    await door?.close()
  })

  /** A window that comes to the API through the door. */
  async function behindTheDoor(path: string) {
    const { page } = await dashboard.newVisitor()
    await page.goto(`${door.origin}${path}`)
    await signIn(page, ownerKey)
    return page
  }

  test('what happens before the stream stands is read when it does, and nothing is called live until then', async () => {
    door.holdUpgrades()
    const page = await behindTheDoor('/production/connections')
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })
    await reads(row, /Active/)
    await dashboard.owner.mutate('pauseConnection', { connectionId: acme.id }, '{ connection { id } }')
    expect(await page.getByRole('banner').getByText('Connecting').isVisible()).toBe(true)
    door.letUpgradesThrough()
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    await reads(row, /Paused/)
    await dashboard.owner.mutate('resumeConnection', { connectionId: acme.id }, '{ connection { id } }')
    await reads(row, /Active/)
  })

  test('a socket that does not open is given up, and not called live', async () => {
    const before = door.upgrades()
    door.holdUpgrades()
    const page = await behindTheDoor('/production/overview')
    await seen(page.getByRole('banner').getByText('Reconnecting'))
    await expect.poll(door.upgrades, patience).toBeGreaterThan(before + 1)
    door.letUpgradesThrough()
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
  })

  test('a slow answer is waited for, however much is told meanwhile', async () => {
    const { page, open } = await dashboard.newOwner({}, '/production/overview')
    const asked: string[] = []
    const lost: string[] = []
    const isList = (body: string | null) => body?.includes('query Connections(') ?? false
    page.on('request', (request) => isList(request.postData()) && asked.push(request.url()))
    page.on('requestfailed', (request) => isList(request.postData()) && lost.push(request.url()))
    let answer = () => {}
    const released = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/graphql', async (route) => {
      if (isList(route.request().postData())) await released
      await route.continue()
    })
    await open('/production/connections')
    await expect.poll(() => asked.length, patience).toBe(1)

    // each run tells its start, its end and what lies between
    for (let run = 0; run < 2; run += 1) {
      const input = { connectionId: acme.id, entities: ['VENDOR'], mode: 'FULL_RESYNC' }
      await finished(dashboard.owner, (await startSync(dashboard.owner, input)).syncRun.id)
    }
    expect({ asked: asked.length, lost }).toEqual({ asked: 1, lost: [] })
    answer()
    await seen(page.getByRole('link', { name: 'Acme', exact: true }))
    await reads(page.getByRole('row').nth(1), /Succeeded/)
    expect(lost).toEqual([])
  })
})
