import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Connected } from '../e2e/demo-job.ts'
import { ownerKey } from '../e2e/processes.ts'
import { finished, startSync } from '../e2e/runs.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, patience, reads, seen, signIn, startDashboard } from './dashboard.ts'
import { openFrontDoor } from './front-door.ts'
import { asks, leaveUnanswered, limitAnswers } from './held-answers.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('the stream of events', () => {
  let dashboard: Dashboard
  let door: Awaited<ReturnType<typeof openFrontDoor>>
  let acme: Connected

  beforeAll(async () => {
    dashboard = await startDashboard()
    door = await openFrontDoor(dashboard.origin)
    acme = await dashboard.connectAcme()
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
    await limitAnswers(page, 120_000)
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

  test('a socket that has fallen silent is given up, and what happened meanwhile is shown', async () => {
    const page = await behindTheDoor('/production/connections')
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })
    await reads(row, /Active/)
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    door.holdUpgrades()
    door.silenceSockets()
    await dashboard.owner.mutate('pauseConnection', { connectionId: acme.id }, '{ connection { id } }')
    await seen(page.getByRole('banner').getByText('Reconnecting'))
    door.letUpgradesThrough()
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    await reads(row, /Paused/)
    await dashboard.owner.mutate('resumeConnection', { connectionId: acme.id }, '{ connection { id } }')
    await reads(row, /Active/)
  })

  test('an error of the server is no refusal: the stream is asked for again', async () => {
    const { page, open } = await dashboard.newOwner({}, '/production/credits')
    let failures = 0
    await page.routeWebSocket('**/graphql', (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => {
        const { id, type } = JSON.parse(String(message))
        if (type !== 'subscribe' || failures > 0) return server.send(message)
        failures += 1
        const payload = [{ message: 'Something has failed.', extensions: { code: 'INTERNAL' } }]
        socket.send(JSON.stringify({ id, type: 'error', payload }))
      })
    })
    await open('/production/connections')
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    expect(failures).toBe(1)
  })

  test('what a run has read does not go back when the stream breaks, before the list is read again', async () => {
    const page = await behindTheDoor('/production/connections')
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    dashboard.gate.letThrough(6)
    const input = { connectionId: acme.id, entities: ['PURCHASE_ORDER'], mode: 'FULL_RESYNC' }
    await startSync(dashboard.owner, input)
    await reads(row, /[1-9]\d* (of|read)/)
    await page.evaluate(() => {
      const counts: number[] = []
      Object.assign(globalThis, { counts })
      new MutationObserver(() => {
        const [, count] = /(\d+) (of|read)/.exec(document.querySelector('tbody')?.textContent ?? '') ?? []
        if (count !== undefined) counts.push(Number(count))
      }).observe(document.body, { subtree: true, childList: true, characterData: true })
    })
    let answer = () => {}
    const released = new Promise<void>((resolve) => {
      answer = resolve
    })
    const asked = page.waitForRequest((request) => asks(request, 'Connections'))
    await page.route('**/graphql', async (route) => {
      if (asks(route.request(), 'Connections')) await released
      await route.continue()
    })
    door.cutSockets()
    await asked
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    answer()
    dashboard.gate.open()
    await reads(row, /Succeeded/)
    const counts = await page.evaluate(() => (globalThis as unknown as { counts: number[] }).counts)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  test('a question that hangs is asked again when the API is reached again', async () => {
    const page = await behindTheDoor('/production/connections')
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Acme', exact: true }) })
    await reads(row, /Active/)
    await seen(page.getByRole('banner').getByText('Live', { exact: true }))
    const list = await leaveUnanswered(page, 'Connections')
    await dashboard.owner.mutate('pauseConnection', { connectionId: acme.id }, '{ connection { id } }')
    await expect.poll(list.asked, patience).toBe(1)
    const before = door.upgrades()
    door.holdUpgrades()
    door.cutSockets()
    // for as long as it takes to give up one that does not open
    await expect.poll(door.upgrades, patience).toBe(before + 2)
    door.letUpgradesThrough()
    await expect.poll(list.asked, { timeout: 10_000 }).toBe(2)
    await list.letThrough()
    await dashboard.owner.mutate('resumeConnection', { connectionId: acme.id }, '{ connection { id } }')
  })
})
