import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { chromiumPath } from './chromium.ts'
import { heading, patience, seen } from './looking.ts'
import { type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('filters', () => {
  let dashboard: SmallDashboard
  let recordsPage = ''

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
    const { id } = await dashboard.connect('Plant')
    recordsPage = `/production/records/${encodeURIComponent(id)}/PART`
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  const fields = [
    { of: 'the audit log', path: () => '/production/audit', label: 'Since' },
    { of: 'records', path: () => recordsPage, label: 'Changed at the source since' },
  ]

  test.each(fields)(
    'a day is typed key by key into the filter of $of, and asked for once it is whole',
    async (field) => {
      const { page, open } = await dashboard.newOwner({ locale: 'en-US', timezoneId: 'Europe/Berlin' })
      const asked: string[] = []
      page.on('request', (request) => {
        const [, since] = /"(?:since|sourceUpdatedSince)":"([^"]+)"/.exec(request.postData() ?? '') ?? []
        if (since !== undefined) asked.push(since)
      })
      await open(field.path())
      const day = page.getByLabel(field.label)
      await day.focus()
      await page.keyboard.type('11292026', { delay: 50 })
      await page.waitForURL(/since=2026-11-29/)
      expect(await day.inputValue()).toBe('2026-11-29')
      await expect.poll(() => asked.length, patience).toBeGreaterThan(0)
      await day.fill('')
      await page.waitForURL((url) => !url.searchParams.has('since'))
      expect(new Set(asked)).toEqual(new Set(['2026-11-28T23:00:00.000Z']))
    },
  )

  test('a day that is taken out of the address is taken out of its field', async () => {
    const { page, open } = await dashboard.newOwner()
    await open('/production/audit?since=2026-11-29')
    const day = page.getByLabel('Since')
    await seen(heading(page, 'Audit log'))
    expect(await day.inputValue()).toBe('2026-11-29')
    await page.getByRole('link', { name: 'Audit log' }).click()
    await expect.poll(() => day.inputValue(), patience).toBe('')
    await day.fill('2026-11-28')
    await page.waitForURL(/since=2026-11-28/)
    await page.getByRole('link', { name: 'Audit log' }).click()
    await expect.poll(() => day.inputValue(), patience).toBe('')
  })
})
