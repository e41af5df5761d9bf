import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { heading, reads, seen } from './looking.ts'
import { ownerKey, type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'
import { signIn, type Visitor } from './visitors.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('signing in and out, and the end of a session', () => {
  let dashboard: SmallDashboard

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  const signOutButton = ({ page }: Visitor) => page.getByRole('button', { name: 'Sign out' })

  async function cookieOf({ context }: Visitor): Promise<string | undefined> {
    return (await context.cookies()).find(({ name }) => name === 'syncline_session')?.value
  }

  test('while PostgreSQL is away the browser forgets the session all the same, and it is said what is not done', async () => {
    const owner = await dashboard.newOwner({}, '/production/credits')
    await seen(heading(owner.page, 'Credits'))
    expect(await cookieOf(owner)).toBeDefined()
    await dashboard.way.close()
    try {
      await signOutButton(owner).click()
      await seen(heading(owner.page, 'Sign in'))
      await seen(owner.page.getByText('could not be ended and ends by itself after an hour without use'))
      expect(await cookieOf(owner)).toBeUndefined()
    } finally {
      await dashboard.way.reopen()
    }
  })

  test('where the API cannot be reached nobody is told that they are signed out, until they are', async () => {
    const owner = await dashboard.newOwner({ reducedMotion: 'reduce' }, '/production/credits')
    const { page, context } = owner
    await seen(heading(page, 'Credits'))
    await context.setOffline(true)
    await signOutButton(owner).click()
    await seen(page.getByRole('dialog', { name: 'You are not signed out' }))
    expect(await cookieOf(owner)).toBeDefined()
    expect(await violations(page)).toEqual([])
    const again = page.getByRole('dialog').getByRole('button', { name: 'Try again' })
    await again.click()
    await reads(page.getByRole('dialog').getByRole('alert'), /does not answer/)
    await context.setOffline(false)
    await again.click()
    await seen(heading(page, 'Sign in'))
    expect(await cookieOf(owner)).toBeUndefined()
  })

  test.each([
    ['12 hours are over', 'expires_at = now()'],
    ['nothing was asked for an hour', `last_used_at = now() - interval '61 minutes'`],
  ])('when %s the page asks to sign in, and goes on where one was', async (_when, change) => {
    const owner = await dashboard.newOwner({}, '/production/keys')
    await reads(owner.page.getByRole('status'), /Live/)
    const secret = (await cookieOf(owner)) ?? ''
    const hash = createHash('sha256').update(secret).digest()
    await dashboard.api.db.pool.query(`UPDATE browser_session SET ${change} WHERE hash = $1`, [hash])
    await seen(owner.page.getByText('Your session has ended'))
    await signIn(owner.page, ownerKey)
    await seen(heading(owner.page, 'Keys'))
  })

  test('one late refusal of a session that lives ends nothing', async () => {
    const { page } = await dashboard.newOwner({}, '/production/keys')
    await seen(heading(page, 'Keys'))
    const refused = { errors: [{ message: 'This session has ended.', extensions: { code: 'UNAUTHENTICATED' } }] }
    await page.route('**/graphql', (route) => route.fulfill({ status: 401, json: refused }), { times: 1 })
    await page.getByRole('link', { name: 'Audit log' }).click()
    await seen(heading(page, 'Audit log'))
    await seen(page.getByText('Session open'))
    expect(await heading(page, 'Sign in').count()).toBe(0)
  })

  test('why nobody is signed in is told: the key is of a connection, or the browser keeps no cookie', async () => {
    const { page, open } = await dashboard.newVisitor()
    await open('/')
    await signIn(page, (await dashboard.connect('Acme')).token)
    await seen(page.getByText('A connection token opens no session'))
    await page.route('**/session', (route) => route.fulfill({ status: 204 })) // the cookie was thrown away
    await signIn(page, ownerKey)
    await seen(page.getByText('has not kept the cookie'))
  })
})
