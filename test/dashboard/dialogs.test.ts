import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { rotateDueTokens } from '../../src/operations/rotate-due-tokens.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { loseAnswer } from './held-answers.ts'
import { heading, patience, reads, seen } from './looking.ts'
import { type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'
import type { Visitor } from './visitors.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('what is asked for in a dialog is done', () => {
  let dashboard: SmallDashboard
  let owner: Visitor
  let plant: Awaited<ReturnType<SmallDashboard['connect']>>
  let connections = 0

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
  })
  beforeEach(async () => {
    plant = await dashboard.connect(`Plant ${++connections}`)
    owner = await dashboard.newOwner({ reducedMotion: 'reduce' }, plant.path)
  })
  afterEach(async () => {
    expect(owner.faults).toEqual([])
    await dashboard.closeWindows()
  })
  afterAll(() => dashboard?.stop())

  const dialog = () => owner.page.getByRole('dialog')
  const button = (name: string | RegExp) => dialog().getByRole('button', { name, exact: true })
  const closed = () => dialog().waitFor({ state: 'detached' })

  async function choose(field: Locator, option: string | RegExp) {
    await field.first().click()
    await owner.page.getByRole('option', { name: option }).click()
  }

  /** Opens a dialog, in which nothing is wrong. */
  async function open(item: string) {
    await owner.page.getByRole('button', { name: 'More actions' }).click()
    await owner.page.getByRole('menuitem', { name: item }).click()
    await seen(dialog())
    expect(await violations(owner.page)).toEqual([])
  }

  async function stored(fields: string) {
    const { data } = await dashboard.api.ask(`query ($id: ID!) { connection(id: $id) { ${fields} } }`, {
      variables: { id: plant.id },
    })
    return data.connection
  }

  test('settings: name, customer, entities, history and delete guard', async () => {
    await open('Change the settings')
    await dialog().getByLabel('Name of the connection').fill('Renamed')
    await dialog().getByLabel('Customer key').fill('acme')
    await dialog().getByLabel('Customer name').fill('Acme Ltd')
    await dialog().getByLabel('Vendors').uncheck()
    await dialog().getByLabel('History').fill('')
    await dialog().getByLabel('Delete guard').fill('55')
    await button('Change them').click()
    await seen(dialog().getByText('Enter a number.')) // and not 0 days
    await dialog().getByLabel('History').fill('30')
    await button('Change them').click()
    await closed()
    await seen(heading(owner.page, 'Renamed'))
    expect(
      await stored('name historyDays deleteGuardPercent customer { externalId name } entities { entity enabled }'),
    ).toEqual({
      name: 'Renamed',
      historyDays: 30,
      deleteGuardPercent: 55,
      customer: { externalId: 'acme', name: 'Acme Ltd' },
      entities: expect.arrayContaining([
        { entity: 'PART', enabled: true },
        { entity: 'VENDOR', enabled: false },
      ]),
    })
    await open('Change the settings')
    await dialog().getByLabel('Customer key').fill('')
    await button('Change them').click()
    await seen(dialog().getByText('not be taken away'))
    await dialog().getByLabel('Customer key').fill('acme')
    await dialog().getByText('not be taken away').first().waitFor({ state: 'detached' })
  })

  test('a schedule, by an interval and by cron; entities that keep another one are not given it by the way', async () => {
    const schedules = () => stored('entities { entity schedule { every cron timeZone paused } }')
    const quarter = { every: 'PT15M', cron: null, timeZone: null, paused: false }
    await open('Change the schedule')
    await choose(dialog().getByLabel('Schedule of incremental syncs'), /certain times/)
    await dialog().getByLabel('Cron').fill('30 6 * *')
    await button('Change it').click()
    await seen(dialog().getByRole('alert'))
    await dialog().getByLabel('Cron').fill('30 6 * * 1-5')
    await dialog().getByLabel('Time zone').fill('Europe/Berlin')
    await dialog().getByLabel('Vendors').uncheck()
    await button('Change it').click()
    await closed()
    const atHalfPastSix = { every: null, cron: '30 6 * * 1-5', timeZone: 'Europe/Berlin', paused: false }
    expect((await schedules()).entities).toEqual([
      { entity: 'PART', schedule: atHalfPastSix },
      { entity: 'VENDOR', schedule: quarter },
    ])

    await seen(owner.page.getByRole('row').filter({ hasText: '30 6 * * 1-5' }))
    await open('Change the schedule')
    await seen(dialog().getByText('Now: 30 6 * * 1-5 (Europe/Berlin)'))
    await seen(dialog().getByText('Now: Every 15 minutes'))
    expect(await dialog().getByLabel('Parts').isChecked()).toBe(true)
    expect(await dialog().getByLabel('Vendors').isChecked()).toBe(false)
    await choose(dialog().getByLabel('Schedule of incremental syncs'), /Another interval/)
    await dialog().getByLabel('Interval').fill('PT45M')
    await button('Change it').click()
    await closed()
    const { entities } = await schedules()
    expect(entities.map(({ schedule }: { schedule: { every: string } }) => schedule.every)).toEqual(['PT45M', 'PT15M'])
  })

  test('a schedule that rests while the connection is paused, and goes on', async () => {
    await owner.page.getByRole('button', { name: 'Pause' }).click()
    await seen(owner.page.getByText('Paused: its schedule rests'))
    expect(await stored('status')).toEqual({ status: 'PAUSED' })
    await owner.page.getByRole('button', { name: 'Resume' }).click()
    await seen(owner.page.getByText('Resumed: its schedule goes on'))
    expect(await stored('status')).toEqual({ status: 'ACTIVE' })
  })

  test('the source, and its credentials', async () => {
    const secretsKept = async () =>
      (await dashboard.api.db.pool.query(`SELECT credentials_ref FROM connection ORDER BY id DESC LIMIT 1`)).rows[0]
    const before = await secretsKept()
    await open('Change source and credentials')
    await dialog()
      .getByRole('button', { name: /Optional settings/ })
      .click()
    await dialog().getByLabel('Shelf').fill('A2')
    await button('Check and change').click()
    await closed()
    expect(await stored('config')).toEqual({ config: { shelf: 'A2' } })
    expect(await secretsKept()).toEqual(before)
    await owner.page.getByRole('tab', { name: 'Settings' }).click()
    await seen(owner.page.getByText('"shelf": "A2"'))
    await open('Change source and credentials')
    await dialog().getByRole('switch', { name: 'Give new credentials' }).press('Space')
    await dialog()
      .getByRole('button', { name: /Optional credentials/ })
      .click()
    await dialog().getByLabel('Password').first().fill('a word of mine')
    await button('Check and change').click()
    await closed()
    expect(await stored('config')).toEqual({ config: { shelf: 'A2' } })
    expect(await secretsKept()).not.toEqual(before)
  })

  test('the token revoked: nobody is let in with it', async () => {
    await open('Revoke the token')
    await button('Revoke it').click()
    await closed()
    expect(await dashboard.opens(plant.token)).toBe(false)
    // the menu is gone with its entry; the keyboard goes on at what opened it
    const focused = () => owner.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await expect.poll(focused, patience).toBe('More actions')
    await owner.page.getByRole('button', { name: 'More actions' }).click()
    const entry = owner.page.getByRole('menuitem', { name: 'Revoke the token' })
    await expect.poll(() => entry.isDisabled(), patience).toBe(true) // once the page has read it anew
  })

  test('the token rotated into a secret store, with an overlap, and seen by nobody', async () => {
    await open('Rotate the token')
    await dialog().getByRole('radio', { name: 'Write it to a secret store' }).click()
    await dialog().getByLabel('Path').fill(`kv/${plant.path}`)
    await button('Rotate').click()
    await seen(dialog().getByText('The token was delivered'))
    expect(await violations(owner.page)).toEqual([])
    await button('Done').click()
    const newer = dashboard.written.get(`kv/${plant.path}`) ?? ''
    expect(await Promise.all([newer, plant.token].map(dashboard.opens))).toEqual([true, true])
  })

  test('the token rotated by itself into a secret store, until that is switched off', async () => {
    const target = `kv/by-itself/${connections}`
    await open('Rotate it by itself')
    await dialog().getByRole('switch', { name: 'Rotate it by itself' }).press('Space')
    await choose(dialog().getByLabel('How often'), 'Every 7 days')
    await dialog().getByLabel('Path').fill(target)
    await button('Change it').click()
    await closed()
    const { db } = dashboard.api
    await db.pool.query('UPDATE token_rotation SET due_at = now(), take_at = now()')
    await rotateDueTokens({ db, delivery: dashboard.delivery, log: createLogger({ level: 'error' }) })
    expect(await dashboard.opens(dashboard.written.get(target) ?? '')).toBe(true)
    await owner.page.reload()
    await owner.page.getByRole('tab', { name: 'Settings' }).click()
    await seen(owner.page.getByText(`vault: ${target}`))
    await seen(owner.page.getByText('Every 7 days'))

    await open('Rotate it by itself')
    await dialog().getByRole('switch', { name: 'Rotate it by itself' }).press('Space')
    await button('Change it').click()
    await closed()
    expect(await stored('tokenRotation { every }')).toEqual({ tokenRotation: null })
  })

  test('a connection that is over: reconnected, though the answer was lost; its data deleted', async () => {
    const { page } = owner
    await dashboard.api.ask(`mutation { disconnectConnection(input: { connectionId: "${plant.id}" }) { __typename } }`)
    await page.getByRole('button', { name: 'Reconnect' }).click()
    expect(await violations(page)).toEqual([])
    await loseAnswer(page, 'ReconnectConnection')
    await button('Reconnect').click()
    await reads(dialog().getByRole('alert'), /does not answer/)
    expect(owner.faults.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]) // the browser's own note
    await button('Reconnect').click()
    await seen(dialog().getByText('its token with it: it cannot be shown again'))
    await button('Not now').click()
    await closed()

    await owner.open(plant.path)
    await page.getByRole('button', { name: 'Delete data' }).click()
    expect(await page.getByRole('button', { name: 'Reconnect' }).count()).toBe(0)
    await dialog().getByRole('textbox').fill(`Plant ${connections}`)
    expect(await violations(page)).toEqual([])
    await button('Delete the data').click()
    await closed()
    await seen(page.getByText('hidden from everybody, and being deleted'))
    expect(await page.getByRole('button', { name: 'Delete data' }).count()).toBe(0)
  })

  test('a key made with some scopes, rotated with an overlap, and revoked', async () => {
    const { page } = owner
    const secret = async () => (await page.locator('[data-secret]').textContent()) ?? ''
    await owner.open('/production/keys')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await dialog().getByLabel('Name').fill('Reporting')
    await dialog().getByLabel('Watch syncs').uncheck()
    await choose(dialog().getByLabel('Expires'), 'In 30 days')
    expect(await violations(page)).toEqual([])
    await button('Make it').click()
    const first = await secret()
    await button('I have the key').click()
    const asked = '{ viewer { scopes } }'
    const { viewer } = (await dashboard.api.ask(asked, { token: first })).data
    expect(viewer).toEqual({ scopes: ['CONNECTIONS_READ', 'RECORDS_READ'] })
    const { apiKeys } = (await dashboard.api.ask('{ apiKeys { edges { node { name expiresAt } } } }')).data
    // oxlint-disable-next-line typescript/no-explicit-any -- the answer to the query above
    const { node } = apiKeys.edges.find((edge: any) => edge.node.name === 'Reporting')
    expect(Math.round((Date.parse(node.expiresAt) - Date.now()) / 86_400_000)).toBe(30)
    await page.getByRole('row').filter({ hasText: 'Reporting' }).getByText('Connections read').first().waitFor()
    expect(await violations(page)).toEqual([])

    await page.getByRole('button', { name: 'Rotate Reporting' }).click()
    await choose(dialog().getByLabel('Overlap'), '1 hour')
    expect(await violations(page)).toEqual([])
    await button('Rotate').click()
    const second = await secret()
    await button('I have the key').click()
    expect(await Promise.all([first, second].map(dashboard.opens))).toEqual([true, true])

    await page.getByRole('button', { name: 'Revoke Reporting' }).click()
    await seen(dialog())
    expect(await violations(page)).toEqual([])
    await button('Revoke it').click()
    await reads(page.getByRole('row').filter({ hasText: 'Reporting' }), /Revoked/)
    expect(await Promise.all([first, second].map(dashboard.opens))).toEqual([false, false])
  })

  test('the total of credits, which an emptied field leaves as it is; and another environment', async () => {
    const { page } = owner
    const totals = async () =>
      (await dashboard.api.ask('{ environments { name credits { total } } }')).data.environments
    const other = await owner.another()
    await Promise.all([owner.open('/production/credits'), other.open('/production/overview')])
    await page.getByRole('button', { name: 'Change the total' }).click()
    await dialog().getByLabel('Credits in all').fill('')
    expect(await violations(page)).toEqual([])
    await button('Change it').click()
    await seen(dialog().getByText('Enter a number.'))
    await dialog().getByLabel('Credits in all').fill('1234')
    await button('Change it').click()
    await closed()
    await seen(page.getByText(/of 1,234 credits are free in production/))
    expect(await totals()).toContainEqual({ name: 'production', credits: { total: 1_234 } })

    await page.getByRole('button', { name: 'Make another' }).click()
    await dialog().getByLabel('Name').fill('No Such Name')
    expect(await violations(page)).toEqual([])
    await button('Make it').click()
    await seen(dialog().getByRole('alert'))
    await dialog().getByLabel('Name').fill('rehearsal')
    await dialog().getByLabel('Credits').fill('7')
    await button('Make it').click()
    await closed()
    expect(await totals()).toContainEqual({ name: 'rehearsal', credits: { total: 7 } })
    await other.page
      .getByRole('textbox', { name: 'Environment' })
      .or(other.page.getByLabel('Environment'))
      .first()
      .click()
    await seen(other.page.getByRole('option', { name: 'rehearsal' })) // another window knows it as well
    await page.getByRole('link', { name: 'rehearsal' }).click()
    await seen(page.getByText(/of 7 credits are free in rehearsal/))
  })

  test('what the scopes of a key do not allow is not offered', async () => {
    const { data } = await dashboard.api.ask(
      `mutation { createApiKey(input: { environment: "production", name: "Writer", scopes: [CONNECTIONS_READ, CONNECTIONS_WRITE] }) {
         ... on CreateApiKeyPayload { key } } }`,
    )
    const { page, open: visit } = await dashboard.newVisitor()
    await visit(plant.path)
    await page.getByLabel('Key', { exact: true }).fill(data.createApiKey.key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'More actions' }).click()
    await seen(page.getByRole('menuitem', { name: 'Disconnect' }))
    expect(await page.getByRole('menuitem').allTextContents()).toEqual([
      'Change the settings',
      'Change the schedule',
      'Change source and credentials',
      'Disconnect',
    ])
    expect(await page.getByRole('button', { name: 'Sync now' }).count()).toBe(0)
  })
})
