import type { Page } from 'playwright-core'

/** Holds back what the API answers to a mutation, or a query: done it is, and the page does not know. */
export async function holdAnswer(page: Page, operation: string) {
  let release = () => {}
  let tellAsked = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const answered = new Promise<void>((resolve) => {
    tellAsked = resolve
  })
  await interceptAnswer(page, operation, async () => {
    tellAsked()
    await released
  })
  return { answered, release }
}

/** Loses the next answer to an operation on its way, as a proxy does whose patience has ended. */
export function loseAnswer(page: Page, operation: string) {
  return interceptAnswer(page, operation, async () => 'LOST')
}

async function interceptAnswer(page: Page, operation: string, then: () => Promise<unknown>) {
  const pattern = '**/graphql'
  await page.route(pattern, async (route) => {
    const request = route.request()
    if (!request.postData()?.includes(`"operationName":"${operation}"`)) return route.fallback()
    const headers = { ...(await request.allHeaders()), origin: new URL(request.url()).origin }
    const response = await route.fetch({ headers })
    const outcome = await then()
    await (outcome === 'LOST' ? route.abort() : route.fulfill({ response }))
    await page.unroute(pattern)
  })
}
