import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { holdAnswer, loseAnswer } from './held-answers.ts'
import { heading, patience, reads, seen } from './looking.ts'
import { type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'
import { signIn, type Visitor } from './visitors.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('a new token or key', () => {
  let dashboard: SmallDashboard

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  const secretOf = async ({ page }: Visitor) => (await page.locator('[data-secret]').textContent()) ?? ''
  const dialog = ({ page }: Visitor) => page.getByRole('dialog')

  /** By the list, so that there is something to go back to. */
  async function moreActionsOf({ page, open }: Visitor, name: string) {
    await open('/production/connections')
    await page.getByRole('link', { name }).click()
    await page.getByRole('button', { name: 'More actions' }).click()
  }

  async function askForRotation(visitor: Visitor, name: string) {
    const { page } = visitor
    await moreActionsOf(visitor, name)
    await page.getByRole('menuitem', { name: 'Rotate the token' }).click()
    await page.getByLabel('Overlap').first().click()
    await page.getByRole('option', { name: /None/ }).click()
    const answer = await holdAnswer(page, 'RotateConnectionToken')
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    await answer.answered
    return answer
  }

  test('its dialog stays until the answer is there, whatever is pressed meanwhile', async () => {
    const owner = await dashboard.newOwner({ reducedMotion: 'reduce' }) // what closes is gone at once
    const { page } = owner
    const { token } = await dashboard.connect('Patient')
    const answer = await askForRotation(owner, 'Patient')
    expect(await dashboard.opens(token)).toBe(false) // it is done: whoever left now would have none
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    for (const name of ['Not now', 'Close'])
      expect(await dialog(owner).getByRole('button', { name }).isDisabled()).toBe(true)
    answer.release()
    expect(await dashboard.opens(await secretOf(owner))).toBe(true)
  })

  test('it is shown also to whoever left the page meanwhile, until they say that they have it', async () => {
    const owner = await dashboard.newOwner({ reducedMotion: 'reduce' })
    const { page } = owner
    await dashboard.connect('Left')
    const answer = await askForRotation(owner, 'Left')
    await page.goBack()
    await seen(heading(page, 'Connections'))
    answer.release()
    expect(await dashboard.opens(await secretOf(owner))).toBe(true)
    await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    await page.goForward()
    await heading(page, 'Left').waitFor({ state: 'attached' })
    const asked = new Promise((resolve) =>
      page.once('dialog', (said) => void said.dismiss().then(() => resolve(said.type()))),
    )
    await page.evaluate(() => setTimeout(() => location.reload()))
    expect(await asked).toBe('beforeunload')
    expect(await secretOf(owner)).toMatch(/^syn_/)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'I have the token' }).click()
    await dialog(owner).waitFor({ state: 'detached' })
    expect(await page.locator('[data-secret]').count()).toBe(0)
    // the keyboard goes on in the page
    const focused = () => page.evaluate(() => document.activeElement?.tagName)
    await expect.poll(focused, patience).toBe('MAIN')
  })

  test('a refusal is told also to whoever left the page meanwhile', async () => {
    const owner = await dashboard.newOwner()
    const { page } = owner
    const { id } = await dashboard.connect('Gone')
    await moreActionsOf(owner, 'Gone')
    await page.getByRole('menuitem', { name: 'Revoke the token' }).click()
    await dashboard.api.ask(`mutation { disconnectConnection(input: { connectionId: "${id}" }) { __typename } }`)
    const answer = await holdAnswer(page, 'RevokeConnectionToken')
    await page.getByRole('button', { name: 'Revoke it' }).click()
    await answer.answered
    await page.goBack()
    await seen(heading(page, 'Connections'))
    answer.release()
    await seen(page.getByText('That did not work'))
  })

  test('whoever leaves while a system is being connected gets its token, and is not fetched back', async () => {
    const owner = await dashboard.newOwner({}, '/production/connect')
    const { page } = owner
    await page.getByRole('radio', { name: 'Paper' }).click()
    await page.getByLabel('Name of the connection').fill('Meanwhile')
    const answer = await holdAnswer(page, 'CreateConnection')
    await page.getByRole('button', { name: 'Connect Meanwhile' }).click()
    await answer.answered
    await page.getByRole('link', { name: 'Credits' }).click()
    await seen(heading(page, 'Credits'))
    answer.release()
    expect(await dashboard.opens(await secretOf(owner))).toBe(true)
    expect(new URL(page.url()).pathname).toBe('/production/credits')
  })

  test('of the key that one is signed in with it is shown after the session has ended with the key', async () => {
    const { data } = await dashboard.api.ask(
      `mutation { createApiKey(input: { environment: "production", name: "Key admin", scopes: [CONNECTIONS_READ, KEYS_MANAGE] }) {
         ... on CreateApiKeyPayload { key } } }`,
    )
    const visitor = await dashboard.newVisitor()
    const { page, open } = visitor
    await open('/production/keys')
    await signIn(page, data.createApiKey.key)
    await page.getByRole('button', { name: 'Rotate Key admin' }).click()
    await page.getByLabel('Overlap').first().click()
    await page.getByRole('option', { name: /None/ }).click()
    await seen(page.getByText('you will be signed out, and sign in with the new one'))
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    const newer = await secretOf(visitor)
    await page.getByText('Your session has ended').waitFor({ state: 'attached' })
    expect(await secretOf(visitor)).toBe(newer)
    await page.getByRole('button', { name: 'I have the key' }).click()
    await signIn(page, newer)
    await page.getByRole('button', { name: 'Revoke Key admin' }).click()
    await seen(page.getByText('You are signed in with this key'))
    await page.getByRole('button', { name: 'Revoke it' }).click()
    await seen(page.getByText('Your session has ended'))
    expect(await dashboard.opens(newer)).toBe(false)
  })

  test('one whose answer was lost is said to be lost, and rotated at once; nothing is connected twice', async () => {
    const owner = await dashboard.newOwner({}, '/production/connect')
    const { page } = owner
    await page.getByRole('radio', { name: 'Paper' }).click()
    await page.getByLabel('Name of the connection').fill('Twice')
    await loseAnswer(page, 'CreateConnection')
    await page.getByRole('button', { name: 'Connect Twice' }).click()
    await reads(page.getByRole('alert'), /does not answer/)
    await page.getByRole('button', { name: 'Connect Twice' }).click()
    await seen(heading(page, 'Twice'))
    await seen(page.getByText('its token with it: it cannot be shown again'))
    expect(await page.getByText('secret store refused').count()).toBe(0)
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    expect(await dashboard.opens(await secretOf(owner))).toBe(true)
    const { data } = await dashboard.api.ask('{ connections(filter: { search: "Twice" }) { totalCount } }')
    expect(data.connections.totalCount).toBe(1)
    await page.getByRole('button', { name: 'I have the token' }).click()
    await page.reload()
    await seen(heading(page, 'Twice'))
    expect(await dialog(owner).count()).toBe(0)
  })

  test('one that its secret store does not take when a system is connected, or reconnected, is told to be none', async () => {
    const owner = await dashboard.newOwner({ reducedMotion: 'reduce' }, '/production/connect')
    const { page } = owner
    const toDenied = async (form: Locator) => {
      await form.getByRole('radio', { name: 'Write it to a secret store' }).click()
      await form.getByLabel('Path').fill('denied/plant')
    }
    const isTold = async () => {
      await seen(dialog(owner).getByText('The token could not be delivered'))
      expect(await page.locator('[data-secret]').count()).toBe(0)
      await page.getByRole('button', { name: 'Done' }).click()
      // what was asked for is done all the same
      await seen(heading(page, 'Initial sync of Undelivered'))
    }
    await page.getByRole('radio', { name: 'Paper' }).click()
    await page.getByLabel('Name of the connection').fill('Undelivered')
    await toDenied(page.locator('form'))
    await page.getByRole('button', { name: 'Connect Undelivered' }).click()
    await isTold()

    await page.getByRole('link', { name: 'Undelivered' }).click()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Disconnect' }).click()
    await dialog(owner).getByRole('textbox').fill('Undelivered')
    await dialog(owner).getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('button', { name: 'Reconnect' }).click()
    await toDenied(dialog(owner))
    await dialog(owner).getByRole('button', { name: 'Reconnect' }).click()
    await isTold()
    await page.getByRole('link', { name: 'Undelivered' }).click()
    await page.getByRole('tab', { name: 'Settings' }).click()
    await seen(page.getByText('None works. Rotate it to make one.'))
    expect(dashboard.written.size).toBe(0)
  })

  test('a key whose answer was lost is made once, and said to be lost; it is rotated from the list', async () => {
    const owner = await dashboard.newOwner({ reducedMotion: 'reduce' }, '/production/keys')
    const { page } = owner
    await page.getByRole('button', { name: 'Make a key' }).click()
    await page.getByLabel('Name').fill('Made once')
    await loseAnswer(page, 'CreateApiKey')
    await page.getByRole('button', { name: 'Make it' }).click()
    await reads(page.getByRole('alert'), /does not answer/)
    await page.getByRole('button', { name: 'Make it' }).click()
    await seen(page.getByText('The key cannot be shown again'))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await dashboard.api.db.prisma.apiKey.count({ where: { name: 'Made once' } })).toBe(1)
    await page.getByRole('button', { name: 'Rotate Made once' }).click()
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    expect(await dashboard.opens(await secretOf(owner))).toBe(true)
  })

  test('where the browser lets no page copy that is said, and it stands selected', async () => {
    const owner = await dashboard.newOwner()
    const { page } = owner
    await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard')) // as without TLS
    await dashboard.connect('Plain')
    const answer = await askForRotation(owner, 'Plain')
    answer.release()
    const secret = await secretOf(owner)
    await page.getByRole('button', { name: 'Copy' }).click()
    await seen(page.getByText('copy it by hand'))
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(secret)
  })

  test('whoever signs out leaves none on the screen of another window', async () => {
    const owner = await dashboard.newOwner()
    await dashboard.connect('Shared desk')
    const answer = await askForRotation(owner, 'Shared desk')
    answer.release()
    await secretOf(owner)
    const other = await owner.another()
    await other.open('/production/overview')
    await other.page.getByRole('button', { name: 'Sign out' }).click()
    await seen(owner.page.getByText('signed out in another window'))
    expect(await owner.page.locator('[data-secret]').count()).toBe(0)
  })
})
