import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** Pages of a busy machine take their time. */
export const patienceMs = 60_000
export const patience = { timeout: patienceMs }

export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name })

export const seen = (locator: Locator) => locator.first().waitFor({ state: 'visible' })

/** Waits until the text of what is shown fits. */
export async function reads(locator: Locator, pattern: RegExp): Promise<string> {
  await expect.poll(() => locator.first().textContent(), { timeout: patienceMs, interval: 100 }).toMatch(pattern)
  return (await locator.first().textContent()) ?? ''
}
