import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseNodeId } from '../../src/graphql/node-id.ts'
import { noteRefusal } from '../../src/store/connection-status.ts'
import { transaction } from '../../src/store/transaction.ts'
import { addApiKey } from '../graphql/rows.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { holdAnswer, loseAnswer } from './held-answers.ts'
import { heading, patience, reads, seen } from './looking.ts'
import { type SmallDashboard, startSmallDashboard } from './small-dashboard.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }) // a browser on a busy machine

describe.skipIf(chromiumPath === undefined)('steering a connection', () => {
  let dashboard: SmallDashboard
  let plant: Awaited<ReturnType<SmallDashboard['connect']>>
  let connections = 0

  beforeAll(async () => {
    dashboard = await startSmallDashboard()
  })
  beforeEach(async () => {
    plant = await dashboard.connect(`Plant ${++connections}`)
  })
  afterEach(() => dashboard?.closeWindows())
  afterAll(() => dashboard?.stop())

  const storeId = () => parseNodeId(plant.id)?.id ?? ''

  async function ask(query: string, variables: Record<string, unknown> = {}) {
    const { data, errors } = await dashboard.api.ask(query, { variables })
    expect(errors).toEqual([])
    return data
  }

  async function stored(fields: string) {
    return (await ask(`query ($id: ID!) { connection(id: $id) { ${fields} } }`, { id: plant.id })).connection
  }

  async function startSync(entities: string[]): Promise<string> {
    const { startSync: started } = await ask(
      `mutation ($input: StartSyncInput!) { startSync(input: $input) { ... on StartSyncPayload { syncRun { id } } } }`,
      { input: { connectionId: plant.id, entities, mode: 'INCREMENTAL' } },
    )
    return started.syncRun.id
  }

  /** Ends whatever runs of it, as if it had failed. */
  async function failRuns() {
    const { pool } = dashboard.api.db
    const ended = `status = 'FAILED', finished_at = now() WHERE finished_at IS NULL AND`
    await pool.query(
      `UPDATE entity_run SET slot = NULL, ${ended} sync_run_id IN (SELECT id FROM sync_run WHERE connection_id = $1)`,
      [storeId()],
    )
    await pool.query(`UPDATE sync_run SET ${ended} connection_id = $1`, [storeId()])
  }

  async function owner(options = {}) {
    const visitor = await dashboard.newOwner({ reducedMotion: 'reduce', ...options }, plant.path)
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    return {
      ...visitor,
      dialog,
      focused: () => page.evaluate(() => document.activeElement?.tagName),
      async choose(item: string) {
        await page.getByRole('button', { name: 'More actions' }).click()
        await page.getByRole('menuitem', { name: item }).click()
        await seen(dialog)
      },
    }
  }

  test('settings that nobody touched in the form stay as others have made them meanwhile', async () => {
    const { page, dialog, choose } = await owner()
    await choose('Change the settings')
    const input = { connectionId: plant.id, historyDays: 77, customer: { externalId: 'acme', name: 'Acme' } }
    await ask('mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { __typename } }', { input })
    await page.getByRole('button', { name: 'Close' }).waitFor()
    await seen(page.locator('main').getByText('Acme')) // the page knows it, and the form stays what it was
    await dialog.getByLabel('Name of the connection').fill('Renamed')
    await dialog.getByRole('button', { name: 'Change them' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await stored('name historyDays deleteGuardPercent customer { externalId name }')).toEqual({
      name: 'Renamed',
      historyDays: 77,
      deleteGuardPercent: 20,
      customer: { externalId: 'acme', name: 'Acme' },
    })
  })

  test('what is changed in another browser is followed, because it is told and not because it is asked for again some day', async () => {
    const { page, dialog, choose } = await owner()
    const name = `Plant ${connections}`
    const follow = async (path: string) => {
      const { page: other } = await dashboard.newOwner()
      await other.addInitScript(() => {
        const { setTimeout } = globalThis
        const patched = (run: () => void, ms = 0) => (ms > 20_000 ? 0 : setTimeout(run, ms))
        Object.assign(globalThis, { setTimeout: patched })
      })
      await other.goto(`${dashboard.origin}${path}`)
      await seen(other.getByRole('banner').getByText('Live', { exact: true }))
      return other
    }
    const details = await follow(plant.path)
    const settings = await follow(`${plant.path}?tab=settings`)
    const list = await follow(`/production/connections?search=${encodeURIComponent(name)}`)
    await seen(list.getByRole('link', { name, exact: true }))

    await choose('Change the schedule')
    await dialog.getByLabel('Schedule of incremental syncs').first().click()
    await page.getByRole('option', { name: 'Every 6 hours' }).click()
    await dialog.getByRole('button', { name: 'Change it' }).click()
    await seen(details.getByRole('row').filter({ hasText: 'Every 6 hours' }))

    await choose('Change the settings')
    await dialog.getByLabel('Name of the connection').fill(`${name}, renamed`)
    await dialog.getByLabel('History').fill('77')
    await dialog.getByRole('button', { name: 'Change them' }).click()
    await seen(heading(details, `${name}, renamed`))
    await seen(list.getByRole('link', { name: `${name}, renamed` }))
    await seen(settings.getByText('77 days'))

    await choose('Rotate it by itself')
    await dialog.getByRole('switch').press('Space')
    await dialog.getByLabel('Path').fill(`of/${connections}`)
    await dialog.getByRole('button', { name: 'Change it' }).click()
    await seen(settings.getByText(`of/${connections}`))
  })

  test('a config that nobody touched in the form stays as others have made it meanwhile', async () => {
    const { dialog, choose } = await owner()
    await choose('Change source and credentials')
    const input = { connectionId: plant.id, config: { shelf: 'B7' } }
    await ask('mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) { __typename } }', { input })
    await dialog.getByRole('switch', { name: 'Give new credentials' }).press('Space')
    await dialog.getByRole('button', { name: /Optional credentials/ }).click()
    await dialog.getByLabel('Password').first().fill('a word of mine')
    await dialog.getByRole('button', { name: 'Check and change' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await stored('config')).toEqual({ config: { shelf: 'B7' } })
  })

  test('why a paused connection cannot be synced is told to the keyboard and to the ear as well', async () => {
    const { page, dialog } = await owner()
    await page.getByRole('button', { name: 'Pause' }).click()
    const sync = page.getByRole('button', { name: 'Sync now' })
    await expect.poll(() => sync.getAttribute('aria-disabled'), patience).toBe('true')
    await page.getByRole('button', { name: 'Resume' }).focus()
    await page.keyboard.press('Shift+Tab')
    await seen(page.getByRole('tooltip', { name: 'It is paused: resume it first.' }))
    const described = sync.evaluate(
      (button) => button.ownerDocument.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent,
    )
    expect(await described).toBe('It is paused: resume it first.')
    await page.keyboard.press('Enter')
    expect(await dialog.count()).toBe(0)
    expect(await violations(page)).toEqual([])
  })

  test('a connection whose source refuses the credentials is paused, and asks for action again once it is resumed', async () => {
    await transaction(dashboard.api.db, (client) =>
      noteRefusal(client, storeId(), { message: 'The source refuses the password.', credentialsRef: null }),
    )
    const { page } = await owner()
    const reason = page.getByText('The source refuses the password.')
    await seen(reason)
    await page.getByRole('button', { name: 'Pause' }).press('Enter')
    await reason.waitFor({ state: 'detached' })
    // the keyboard stays where it was
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent), patience).toBe('Resume')
    expect(await stored('status')).toEqual({ status: 'PAUSED' })
    await page.getByRole('button', { name: 'Resume' }).click()
    await seen(page.getByText('its source has to be mended first'))
    await seen(reason)
    expect(await page.getByText('Resumed: its schedule goes on').count()).toBe(0)
    expect(await stored('status')).toEqual({ status: 'ACTION_REQUIRED' })
  })

  test('entities that a run reads already are named, with the way to that run', async () => {
    await failRuns()
    const other = await startSync(['VENDOR'])
    const { page } = await owner()
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await seen(heading(page, /sync of/))
    await reads(
      page.getByRole('status').filter({ hasText: 'Not all that you asked for' }),
      /Vendors: being read already/,
    )
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'another run' }).click()
    await page.waitForURL(`**/runs/${encodeURIComponent(other)}`)
    await page.getByText('Not all that you asked for').waitFor({ state: 'detached' })
    // told once
    await page.goBack()
    await page.waitForURL((url) => !url.pathname.endsWith(encodeURIComponent(other)))
    await page.reload()
    await seen(heading(page, /sync of/))
    expect(await page.getByText('Not all that you asked for').count()).toBe(0)
  })

  test('retrying an entity starts one run, also when the answer to it was lost', async () => {
    await failRuns()
    const first = await startSync(['PART'])
    await failRuns()
    const { page, open } = await owner()
    await open(`/production/runs/${encodeURIComponent(first)}`)
    await loseAnswer(page, 'StartSync')
    await page.getByRole('button', { name: 'Retry Parts' }).click()
    await seen(page.getByText('does not answer'))
    await failRuns() // it has ended before anybody tries again
    await page.getByRole('button', { name: 'Retry Parts' }).click()
    await page.waitForURL((url) => url.pathname !== `/production/runs/${encodeURIComponent(first)}`)
    await seen(heading(page, /sync of/))
    expect(await stored('syncRuns { totalCount }')).toEqual({ syncRuns: { totalCount: 3 } })
  })

  test('the keyboard goes on in the page when what opened a dialog is gone with what was asked for', async () => {
    const { page, dialog, choose, focused, open } = await owner()
    await choose('Disconnect')
    await dialog.getByRole('textbox').fill(`Plant ${connections}`)
    await dialog.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('button', { name: 'More actions' }).waitFor({ state: 'detached' })
    await expect.poll(focused, patience).toBe('MAIN')

    await ask(
      `mutation { createApiKey(input: { environment: "production", name: "Short-lived", scopes: [SYNCS_READ] }) { __typename } }`,
    )
    await open('/production/keys')
    const revoke = page.getByRole('button', { name: 'Revoke Short-lived' })
    await revoke.click()
    await dialog.getByRole('button', { name: 'Revoke it' }).click()
    await revoke.waitFor({ state: 'detached' })
    await expect.poll(focused, patience).toBe('MAIN')
  })

  test('the keyboard stays at the pager where a list ends', async () => {
    await Promise.all(Array.from({ length: 60 }, () => addApiKey(dashboard.api.db, { scopes: ['SYNCS_READ'] })))
    const { page, open } = await owner()
    await open('/production/keys')
    const pager = page.getByRole('navigation', { name: 'Paging' })
    const next = pager.getByRole('button', { name: 'Next' })
    await next.press('Enter')
    await reads(pager, /^1\d of /)
    expect(await next.getAttribute('aria-disabled')).toBe('true')
    const atPager = () => page.evaluate(() => document.activeElement?.textContent)
    expect(await atPager()).toBe('Next')
    const address = page.url()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    expect(await atPager()).toBe('First page')
    expect(page.url()).toBe(address)
    await page.keyboard.press('Enter')
    await reads(pager, /^50 of /)
    expect(await atPager()).toBe('First page')
    expect(await violations(page)).toEqual([])
  })

  test('a dialog keeps its words while it fades', async () => {
    await ask(
      `mutation { createApiKey(input: { environment: "production", name: "Kept", scopes: [SYNCS_READ] }) { __typename } }`,
    )
    const { page, open, dialog } = await owner({ reducedMotion: 'no-preference' })
    await open('/production/keys')
    for (const [verb, leave] of [
      ['Revoke', 'Keep it as it is'],
      ['Rotate', 'Not now'],
    ] as const) {
      await page.getByRole('button', { name: `${verb} Kept` }).click()
      const before = await dialog.innerText()
      await page.evaluate(() => {
        const shown = new Set<string>()
        Object.assign(globalThis, { shown })
        new MutationObserver(() => {
          const words = document.querySelector<HTMLElement>('[role=dialog]')?.innerText
          if (words !== undefined) shown.add(words)
        }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
      })
      await dialog.getByRole('button', { name: leave }).click()
      await dialog.waitFor({ state: 'detached' })
      const shown = await page.evaluate(() => [...(globalThis as unknown as { shown: Set<string> }).shown])
      expect(shown).toEqual([before])
    }
  })

  test('nothing moves without end for whoever wants no motion', async () => {
    const endless = async (reducedMotion: 'reduce' | 'no-preference') => {
      const { page, open } = await owner({ reducedMotion })
      const answer = await holdAnswer(page, 'ApiKeys')
      await open('/production/keys')
      await answer.answered
      await seen(page.getByRole('status', { name: 'Loading' }))
      return page.evaluate(
        () =>
          document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations === Infinity).length,
      )
    }
    expect(await endless('no-preference')).toBeGreaterThan(0)
    expect(await endless('reduce')).toBe(0)
  })

  test('a key expires by the clock of the server, whatever this computer says', async () => {
    const { page, dialog, open } = await owner()
    await page.addInitScript(() => {
      const { now } = Date
      Date.now = () => now() + 10 * 86_400_000
    })
    await open('/production/keys')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await dialog.getByLabel('Name').fill('Of another time')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('button', { name: 'I have the key' }).click()
    const { rows } = await dashboard.api.db.pool.query<{ days: number }>(
      `SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int AS days FROM api_key WHERE name = 'Of another time'`,
    )
    expect(rows).toEqual([{ days: 90 }])
  })

  test('a token that its secret store does not take is told to be none, and the one before works on', async () => {
    const { page, dialog, choose } = await owner()
    await choose('Rotate the token')
    await dialog.getByRole('radio', { name: 'Write it to a secret store' }).click()
    await dialog.getByLabel('Path').fill(`denied/${connections}`)
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    await reads(dialog.getByRole('alert'), /The token could not be delivered/)
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await dashboard.opens(plant.token)).toBe(true)
    expect(dashboard.written.size).toBe(0)
  })
})
