import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { heading, patienceMs } from './looking.ts'

/** A browser, and who looks at a dashboard with it. */
export async function openVisitors({ origin, ownerKey }: { origin: string; ownerKey: string }) {
  const browser: Browser = await launchChromium()
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
    newVisitor,
    newOwner,
    async closeWindows() {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
    },
    close: () => browser.close(),
  }
}

export type Visitor = Awaited<ReturnType<Awaited<ReturnType<typeof openVisitors>>['newVisitor']>>

export async function signIn(page: Page, key: string) {
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
