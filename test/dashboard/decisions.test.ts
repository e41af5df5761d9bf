import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connected, connectDemo } from '../e2e/demo-job.ts'
import { finished, startSync } from '../e2e/runs.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, patience, reads, seen, startDashboard, type Visitor } from './dashboard.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('what people decide', () => {
  let dashboard: Dashboard
  let acme: Connected
  let owner: Visitor

  beforeAll(async () => {
    dashboard = await startDashboard()
    acme = await connectDemo(dashboard, { name: 'Acme' })
    await finished(dashboard.owner, acme.syncRunId)
    owner = await dashboard.newOwner({}, `/production/connections/${encodeURIComponent(acme.id)}`)
  })
  afterAll(() => dashboard?.stop())

  const row = (name: string) => owner.page.getByRole('row').filter({ hasText: name })

  async function resync(entity: string) {
    const input = { connectionId: acme.id, entities: [entity], mode: 'FULL_RESYNC' }
    await finished(dashboard.owner, (await startSync(dashboard.owner, input)).syncRun.id)
  }

  test('deletions that a re-sync holds are shown where one looks, and deleted or kept as one says', async () => {
    const { page } = owner
    const gone = [...dashboard.demo.all('PART')].slice(0, 200).map(({ key }) => key)
    dashboard.demo.remove('PART', gone)
    await resync('PART')
    await seen(page.getByText('200 parts wait for your decision'))
    await reads(row('Parts'), /300/)
    await page.getByRole('button', { name: 'Keep them' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep them' }).click()
    await page.getByText('wait for your decision').waitFor({ state: 'detached' })
    await reads(row('Parts'), /300/)
    // its button is gone with the question; the keyboard goes on in the page
    const focused = () => page.evaluate(() => document.activeElement?.tagName)
    await expect.poll(focused, patience).toBe('MAIN')

    await resync('PART')
    // decided late, when nobody would find the run any more
    for (let run = 0; run < 22; run += 1) await resync('VENDOR')
    await page.reload()
    await seen(page.getByText('200 parts wait for your decision'))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Delete them' }).click()
    const dialog = page.getByRole('dialog')
    const held = new Set<string>()
    for (const first of [0, 50, 100, 150]) {
      const listed = dialog.getByRole('region', { name: 'Held: parts' }).getByRole('listitem')
      await expect
        .poll(async () => (await listed.allTextContents()).filter((name) => !held.has(name)), patience)
        .toHaveLength(50)
      for (const name of await listed.allTextContents()) held.add(name)
      if (first === 0) expect(await violations(page)).toEqual([])
      if (first < 150) await dialog.getByRole('button', { name: 'Next' }).click()
    }
    expect(held.size).toBe(200)
    expect(await dialog.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Delete them' }).click()
    await page.getByText('wait for your decision').waitFor({ state: 'detached' })
    await reads(row('Parts'), /100/)
  })

  test('they are decided on the page of the run as well, which then says so', async () => {
    const { page } = owner
    const gone = [...dashboard.demo.all('ASSET')].slice(0, 60).map(({ key }) => key)
    dashboard.demo.remove('ASSET', gone)
    const input = { connectionId: acme.id, entities: ['ASSET'], mode: 'FULL_RESYNC' }
    const { syncRun } = await startSync(dashboard.owner, input)
    await page.goto(`${dashboard.origin}/production/runs/${encodeURIComponent(syncRun.id)}`)
    const figure = (label: string) => page.getByText(label, { exact: true }).locator('xpath=following-sibling::dd')
    await reads(figure('Deletions held'), /^60$/)
    await page.getByRole('button', { name: 'Delete them' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete them' }).click()
    await reads(figure('Deletions held'), /^0$/)
    await reads(figure('Deleted'), /^60$/)
    await seen(page.getByText('Assets: the held deletions are confirmed.'))
    await page.goto(`${dashboard.origin}/production/connections/${encodeURIComponent(acme.id)}`)
  })

  test('rejected records are shown with what is wrong with them, and with what came', async () => {
    const { page } = owner
    dashboard.demo.setSwitches({ malformed: 7 })
    await resync('VENDOR')
    await reads(row('Vendors'), /[1-9]\d* rejected/)
    await page.getByRole('tab', { name: 'Rejected records' }).click()
    await page.getByLabel('Entity').first().click()
    await page.getByRole('option', { name: 'Vendors' }).click()
    await reads(page.getByRole('row').nth(1), /supplier_id is not a key/)
    await page.getByText('What came').first().click()
    await seen(page.locator('details pre').first())
    expect(owner.faults).toEqual([])
  })
})
