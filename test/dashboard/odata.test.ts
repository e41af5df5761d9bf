import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { capCredentials, capEntities } from '../connectors/odata/cap-rig.ts'
import { startCap } from '../connectors/odata/cap-server.ts'
import { ownerKey, startSyncline, type Syncline } from '../e2e/processes.ts'
import { violations } from './axe.ts'
import { chromiumPath } from './chromium.ts'
import { heading, reads, seen } from './looking.ts'
import { openVisitors, type Visitor } from './visitors.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 }) // a browser and processes on a busy machine

const { VENDOR, PURCHASE_ORDER } = capEntities

describe.skipIf(chromiumPath === undefined)('an OData service', () => {
  let cap: Awaited<ReturnType<typeof startCap>>
  let syncline: Syncline
  let visitors: Awaited<ReturnType<typeof openVisitors>>
  let owner: Visitor
  let connectionPage = ''

  beforeAll(async () => {
    ;[cap, syncline] = await Promise.all([startCap(), startSyncline()])
    visitors = await openVisitors({ origin: syncline.apiUrl, ownerKey })
    owner = await visitors.newOwner({ reducedMotion: 'reduce' }, '/production/connect')
  })
  afterAll(async () => {
    await visitors?.close()
    await Promise.all([syncline?.stop(), cap?.stop()])
  })

  const dialog = () => owner.page.getByRole('dialog')
  const connections = async () =>
    (await syncline.owner.data('{ connections { edges { node { id name config } } } }')).connections.edges

  test('its form is made of its schema: JSON that is none yet, and a wrong password, are told at their fields', async () => {
    const { page } = owner
    await page.getByRole('radio', { name: /OData/ }).click()
    await page.getByLabel('Base URL').fill(cap.baseUrl)
    await page.getByLabel('Entities').first().fill('{ "VENDOR": ')
    await page.getByRole('combobox', { name: 'Credentials type' }).click()
    await page.getByRole('option', { name: 'Basic' }).click()
    await page.getByLabel('Username').fill(capCredentials.username)
    await page.getByLabel('Password').first().fill('no such word')
    await page.getByRole('button', { name: /^Connect / }).click()
    await reads(page.getByRole('alert'), /config → entities: This is not JSON yet/)
    expect(await connections()).toEqual([])
    await page.getByLabel('Entities').first().fill(JSON.stringify({ VENDOR, PURCHASE_ORDER }))
    await page.getByRole('alert').waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Test the connection' }).click()
    await reads(page.getByRole('alert'), /credentials/)
    await page.getByLabel('Password').first().fill(capCredentials.password)
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await seen(page.getByText('The source answers and serves 2 entities.'))
    // the answer is for what was tested
    await page.getByRole('button', { name: /Optional settings/ }).click()
    await page.getByLabel('Parameters').fill('{ "sap-client": "100" }')
    await page.getByText('The source answers').waitFor({ state: 'detached' })
    expect(await violations(page)).toEqual([])
  })

  test('it is connected, and its records come', async () => {
    const { page } = owner
    await page.getByLabel('Name of the connection').fill('S/4')
    await page.getByLabel('History').fill('3650')
    await page.getByRole('button', { name: 'Connect S/4' }).click()
    expect(await page.locator('[data-secret]').textContent()).toMatch(/^syn_prod_/)
    await page.getByRole('button', { name: 'I have the token' }).click()
    await seen(heading(page, 'Initial sync of S/4'))
    await seen(page.getByText('The run has succeeded.'))
    await page.getByRole('link', { name: 'S/4' }).click()
    await reads(page.getByRole('row').filter({ hasText: 'Vendors' }), /40/)
    connectionPage = page.url()
  })

  test('a setting that is not JSON for the moment is not taken for one that was taken away', async () => {
    const { page } = owner
    await page.goto(connectionPage)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Change source and credentials' }).click()
    const settings = dialog().getByRole('button', { name: /Optional settings/ })
    await settings.click()
    await dialog().getByLabel('Parameters').fill('{ "sap-client": "100", }')
    await dialog().getByRole('button', { name: 'Check and change' }).click()
    await reads(dialog().getByRole('alert'), /config → parameters: This is not JSON yet/)
    await settings.click() // it cannot be folded away
    await seen(dialog().getByLabel('Parameters'))
    expect((await connections())[0].node.config.parameters).toEqual({ 'sap-client': '100' })
    await dialog().getByLabel('Parameters').fill('{ "sap-client": "200" }')
    await dialog().getByRole('button', { name: 'Check and change' }).click()
    await dialog().waitFor({ state: 'detached' })
    expect((await connections())[0].node.config.parameters).toEqual({ 'sap-client': '200' })
  })

  test('new credentials are kept only where the source takes them', async () => {
    const { page } = owner
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Change source and credentials' }).click()
    await dialog().getByRole('switch', { name: 'Give new credentials' }).press('Space')
    await dialog().getByRole('combobox', { name: 'Credentials type' }).click()
    await page.getByRole('option', { name: 'Basic' }).click()
    await dialog().getByLabel('Username').fill(capCredentials.username)
    await dialog().getByLabel('Password').first().fill('no such word')
    await dialog().getByRole('button', { name: 'Check and change' }).click()
    await reads(dialog().getByRole('alert'), /credentials/)
    expect(await violations(page)).toEqual([])
    await dialog().getByLabel('Password').first().fill(capCredentials.password)
    await dialog().getByRole('button', { name: 'Check and change' }).click()
    await dialog().waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await seen(page.getByText('The run has succeeded.'))
    expect(owner.faults).toEqual([])
  })
})
