import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core has against the page as it is now, a line for each. */
export async function violations(page: Page): Promise<string[]> {
  // as a debugger would: the page's content security policy lets no other script in
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: source })
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document).then((results) => JSON.stringify(results.violations))`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  const found = JSON.parse(String(result.value)) as AxeResults['violations'] // as asked for above
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}
