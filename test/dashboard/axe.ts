import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** In the page: until nothing that comes to an end moves any more. While a dialog fades in, its text has not the contrast that it will have. */
const settled = `(async () => {
  const moving = () => document.getAnimations().filter(
    ({ effect, playState }) => playState === 'running' && Number.isFinite(effect.getComputedTiming().endTime))
  const drawn = async () => { for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame) }
  await drawn()
  for (let all = moving(); all.length > 0; all = moving()) {
    await Promise.allSettled(all.map(({ finished }) => finished))
    await drawn()
  }
})()`

/** What axe-core has against the page as it is once it has come to rest, a line for each. */
export async function violations(page: Page): Promise<string[]> {
  // as a debugger would: the page's content security policy lets no other script in
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: source })
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${settled}.then(() => axe.run(document)).then((results) => JSON.stringify(results.violations))`,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  const found = JSON.parse(String(result.value)) as AxeResults['violations'] // as asked for above
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}
