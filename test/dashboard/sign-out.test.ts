import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { loseAnswer } from './held-answers.ts'
import { heading, patience, reads, seen } from './looking.ts'
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

  async function endSession(owner: Visitor) {
    const hash = createHash('sha256')
      .update((await cookieOf(owner)) ?? '')
      .digest()
    await dashboard.api.db.pool.query(`UPDATE browser_session SET expires_at = now() WHERE hash = $1`, [hash])
    await seen(owner.page.getByText('Your session has ended'))
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

  test('an environment that was made elsewhere is there without loading the page anew', async () => {
    const { page, open } = await dashboard.newOwner()
    await page.clock.install()
    await open('/production/credits')
    await seen(heading(page, 'Credits'))
    const make = (name: string) =>
      dashboard.api.ask(
        `mutation ($name: String!) {
           createEnvironment(input: { name: $name, kind: DEVELOPMENT, credits: 7 }) { __typename } }`,
        { variables: { name } },
      )
    await make('workshop')
    await page.evaluate(() => {
      history.pushState({}, '', '/workshop/credits')
      dispatchEvent(new PopStateEvent('popstate'))
    })
    await seen(page.getByText('credits are free in workshop'))

    await make('annex')
    await page.clock.fastForward('01:20')
    await page.getByLabel('Environment').first().click()
    await seen(page.getByRole('option', { name: 'annex' }))
  })

  test('a form that is half filled in outlives the session, for the same key, in memory alone', async () => {
    const owner = await dashboard.newOwner({}, '/production/connect')
    const { page } = owner
    const other = await dashboard.api.ask(
      `mutation { createApiKey(input: { environment: "production", name: "Other",
         scopes: [CONNECTIONS_READ, CONNECTIONS_WRITE] }) { ... on CreateApiKeyPayload { key } } }`,
    )
    const name = page.getByLabel('Name of the connection')
    async function endAfterWriting(text: string) {
      await page.getByRole('radio', { name: /Paper/ }).click()
      await name.fill(text)
      await page.getByRole('button', { name: /Optional credentials/ }).click()
      await page.getByLabel('Password').first().fill('hidden words')
      await endSession(owner)
    }
    await endAfterWriting('Half a plant')
    const stored = await page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), history.state]),
    )
    expect(stored).not.toMatch(/Half a plant|hidden words/)
    await signIn(page, ownerKey)
    await expect.poll(() => name.inputValue(), patience).toBe('Half a plant')

    await endAfterWriting('Half another')
    await signIn(page, other.data.createApiKey.key)
    await seen(heading(page, 'Connect a system'))
    await page.getByRole('radio', { name: /Paper/ }).click()
    expect(await name.inputValue()).toBe('Paper')
    await signOutButton(owner).click()
    await signIn(page, ownerKey)
    await page.getByRole('radio', { name: /Paper/ }).click()
    expect(await name.inputValue()).toBe('Paper')
  })

  test('a form that is half filled in stays where the pages begin anew, also one whose session is renewed unasked', async () => {
    const { page } = await dashboard.newOwner({}, '/production/connect')
    const name = page.getByLabel('Name of the connection')
    await page.getByRole('radio', { name: /Paper/ }).click()
    await name.fill('Half a plant')
    const before = await name.elementHandle()
    const refused = { errors: [{ message: 'This session has ended.', extensions: { code: 'UNAUTHENTICATED' } }] }
    await page.route('**/graphql', (route) => route.fulfill({ status: 401, json: refused }), { times: 1 })
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await expect.poll(() => before?.evaluate((field) => field.isConnected), patience).toBe(false)
    await seen(name)
    expect(await name.inputValue()).toBe('Half a plant')
  })

  test('what was written is not found by whoever went back before they signed in again', async () => {
    const owner = await dashboard.newOwner({}, '/production/connections')
    const { page } = owner
    const name = page.getByLabel('Name of the connection')
    const connect = () => page.getByRole('link', { name: 'Connect a system' }).first().click()
    await connect()
    await page.getByRole('radio', { name: /Paper/ }).click()
    await name.fill('Half a plant')
    await endSession(owner)
    await page.goBack()
    await signIn(page, ownerKey)
    await seen(heading(page, 'Connections'))
    await connect()
    await page.getByRole('radio', { name: /Paper/ }).click()
    expect(await name.inputValue()).toBe('Paper')
  })

  test('a connection whose answer was lost is not made a second time, also by whoever has to sign in again', async () => {
    const owner = await dashboard.newOwner({}, '/production/connect')
    const { page } = owner
    await page.getByRole('radio', { name: /Paper/ }).click()
    await page.getByLabel('Name of the connection').fill('Once')
    await loseAnswer(page, 'CreateConnection')
    const connect = page.getByRole('button', { name: 'Connect Once' })
    await connect.click()
    await reads(page.getByRole('alert'), /does not answer/)
    await endSession(owner)
    await signIn(page, ownerKey)
    await connect.click()
    await seen(page.getByText('its token with it: it cannot be shown again'))
    const { data } = await dashboard.api.ask('{ connections { edges { node { name } } } }')
    const made = data.connections.edges.filter(({ node }: { node: { name: string } }) => node.name === 'Once')
    expect(made).toHaveLength(1)
  })

  test('whoever signs out, or leaves the page, finds nothing of what was written', async () => {
    const owner = await dashboard.newOwner({}, '/production/connect')
    const { page } = owner
    const name = page.getByLabel('Name of the connection')
    const choose = () => page.getByRole('radio', { name: /Paper/ }).click()
    await choose()
    await name.fill('Half a plant')
    await page.getByRole('link', { name: 'Credits' }).click()
    await seen(heading(page, 'Credits'))
    await page.goBack()
    await choose()
    expect(await name.inputValue()).toBe('Paper')
    await name.fill('Half a plant')
    await signOutButton(owner).click()
    await signIn(page, ownerKey)
    await choose()
    expect(await name.inputValue()).toBe('Paper')
  })
})

describe.skipIf(chromiumPath === undefined)('signing in too often with what is no key', () => {
  let dashboard: SmallDashboard

  beforeAll(async () => {
    dashboard = await startSmallDashboard({ signInLimits: { burst: 2, everyMs: 3_600_000, addresses: 10 } })
  })
  afterAll(() => dashboard?.stop())

  test('is told, with when to try again, and a good key opens the dashboard meanwhile', async () => {
    const { page, open } = await dashboard.newVisitor()
    await open('/')
    for (const why of ['not known', 'not known', 'Too many refused attempts came from this address. Wait']) {
      await signIn(page, 'syn_prod_no-such-key')
      await seen(page.getByText(why))
      await page.getByLabel('Key', { exact: true }).fill('')
    }
    expect(await violations(page)).toEqual([])
    await signIn(page, ownerKey)
    await seen(heading(page, 'Connections'))
  })
})
