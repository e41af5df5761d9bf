import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { ownerKey } from '../e2e/processes.ts'
import { chromiumPath } from './chromium.ts'
import { type Dashboard, heading, reads, seen, signIn, startDashboard } from './dashboard.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

describe.skipIf(chromiumPath === undefined)('the session', () => {
  let dashboard: Dashboard

  beforeAll(async () => {
    dashboard = await startDashboard()
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  test('a wrong key is told, the right one opens the address that was asked for, and no script sees a credential', async () => {
    const { page, open, faults } = await dashboard.newVisitor()
    await open('/testing/credits')
    await signIn(page, 'syn_prod_no-such-key')
    await seen(page.getByText('not known'))
    expect(faults.splice(0)).toEqual([expect.stringContaining('401')]) // the browser's own note of the refusal
    await signIn(page, ownerKey)
    await seen(heading(page, 'Credits'))
    expect(new URL(page.url()).pathname).toBe('/testing/credits')
    await seen(page.getByText('credits are free in testing'))
    const readable = await page.evaluate(() =>
      JSON.stringify([document.cookie, Object.entries(localStorage), Object.entries(sessionStorage)]),
    )
    expect(readable).not.toContain(ownerKey)
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(faults).toEqual([])
  })

  test('signing out in one window ends it in all, and the cookie opens nothing any more', async () => {
    const one = await dashboard.newOwner({}, '/production/keys')
    const other = await one.another()
    await other.open('/production/audit')
    await seen(heading(other.page, 'Audit log'))
    const before = await one.context.cookies()
    await one.page.getByRole('button', { name: 'Sign out' }).click()
    await seen(heading(one.page, 'Sign in'))
    await seen(heading(other.page, 'Sign in'))
    await seen(other.page.getByText('signed out in another window'))
    await one.context.addCookies(before)
    const answer = await one.context.request.post(`${dashboard.origin}/graphql`, {
      data: { query: '{ viewer { kind } }' },
      headers: { origin: dashboard.origin },
    })
    expect(answer.status()).toBe(401)
  })

  test('with the API killed nobody is told that they are signed out, until it is back', async () => {
    const { page } = await dashboard.newOwner({}, '/production/keys')
    await seen(heading(page, 'Keys'))
    await dashboard.syncline.killApi()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await seen(page.getByRole('dialog', { name: 'You are not signed out' }))
    await dashboard.syncline.startApi()
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click()
    await seen(heading(page, 'Sign in'))
  })

  test('a session ends with the key that it was opened with, while the page is looked at, and goes on there', async () => {
    const { apiKey, key } = await dashboard.owner.mutate(
      'createApiKey',
      { environment: 'production', name: 'Onlooker', scopes: ['CONNECTIONS_READ', 'SYNCS_READ'] },
      '{ apiKey { id } key }',
    )
    const { page, open } = await dashboard.newVisitor()
    await open('/production/overview')
    await signIn(page, key)
    await seen(heading(page, 'Overview'))
    // what the key may not do is not offered
    expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
    await reads(page.getByRole('status'), /Live/)
    await dashboard.owner.mutate('revokeApiKey', { id: apiKey.id }, '{ apiKey { id } }')
    await seen(page.getByText('Your session has ended'))
    await signIn(page, ownerKey)
    await seen(heading(page, 'Overview'))
  })

  test('the environment is chosen in the address and in the switch, and nothing of another is shown', async () => {
    await dashboard.owner.mutate(
      'createConnection',
      { system: 'demo', name: 'Of production', config: {}, credentials: {} },
      '{ connection { id } }',
    )
    const { page } = await dashboard.newOwner()
    await seen(page.getByRole('link', { name: 'Of production' }))
    await page.getByRole('combobox', { name: 'Environment' }).or(page.getByLabel('Environment')).first().click()
    await page.getByRole('option', { name: 'testing' }).click()
    await seen(page.getByText('Nothing is connected yet'))
    await seen(page.getByRole('banner').getByText('test', { exact: true }))
    await seen(page.getByLabel('Environment (Testing)'))
    expect(new URL(page.url()).pathname).toBe('/testing/connections')
    expect(await page.getByText('Of production').count()).toBe(0)
    await page.goto(`${dashboard.origin}/nowhere/connections`)
    await seen(heading(page, 'Nothing is here'))
  })
})
