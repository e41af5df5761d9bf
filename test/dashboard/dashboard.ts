import { type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { type DemoJob, startDemoJob } from '../e2e/demo-job.ts'
import { ownerKey } from '../e2e/processes.ts'
import { startSourceGate } from '../e2e/source-gate.ts'
import { launchChromium } from './chromium.ts'

/** Pages of a busy machine take their time. */
const patienceMs = 60_000

export type Dashboard = Awaited<ReturnType<typeof startDashboard>>

/** The whole product, a source that can be held back, and a browser. */
export async function startDashboard() {
  const job: DemoJob = await startDemoJob()
  const gate = await startSourceGate(job.demo.url)
  const browser: Browser = await launchChromium()
  const origin = job.syncline.apiUrl
  const contexts: BrowserContext[] = []

  /** A browser window of somebody who is not signed in. */
  async function newVisitor(options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options })
    contexts.push(context)
    return openedIn(context)
  }

  async function openedIn(context: BrowserContext) {
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    return {
      page,
      context,
      /** Errors and warnings of the console so far. */
      faults,
      open: (path: string) => page.goto(`${origin}${path}`),
      /** Another window of the same browser. */
      another: () => openedIn(context),
    }
  }

  async function newOwner(options: BrowserContextOptions = {}, path = '/') {
    const visitor = await newVisitor(options)
    await visitor.open(path)
    await signIn(visitor.page, ownerKey)
    await heading(visitor.page, 'Sign in').waitFor({ state: 'detached' })
    return visitor
  }

  return {
    ...job,
    gate,
    origin,
    newVisitor,
    newOwner,
    async closeWindows() {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
    },
    async stop() {
      await browser.close()
      await job.stop()
      await gate.close()
    },
  }
}

export type Visitor = Awaited<ReturnType<Dashboard['newVisitor']>>

export async function signIn(page: Page, key: string) {
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name })

export const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

/** Waits until the text of what is shown fits. */
export async function reads(locator: Locator, pattern: RegExp): Promise<string> {
  await expect.poll(() => locator.first().textContent(), { timeout: patienceMs, interval: 100 }).toMatch(pattern)
  return (await locator.first().textContent()) ?? ''
}
