import type { Page, Request } from 'playwright-core'

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
    if (!asks(request, operation)) return route.fallback()
    const headers = { ...(await request.allHeaders()), origin: new URL(request.url()).origin }
    const response = await route.fetch({ headers })
    const outcome = await then()
    await (outcome === 'LOST' ? route.abort() : route.fulfill({ response }))
    await page.unroute(pattern)
  })
}

/** Leaves an operation without any answer, as a proxy does that has lost it, until it is let through again. */
export async function leaveUnanswered(page: Page, operation: string) {
  let asked = 0
  const pattern = '**/graphql'
  await page.route(pattern, (route) => {
    if (!asks(route.request(), operation)) return route.fallback()
    asked += 1
    return undefined
  })
  return { asked: () => asked, letThrough: () => page.unroute(pattern) }
}

export const asks = (request: Request, operation: string) =>
  request.postData()?.includes(`"operationName":"${operation}"`) ?? false

/** Limits of the page become this one, whatever they are. */
export const limitAnswers = (page: Page, limitMs: number) =>
  page.addInitScript((ms) => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    AbortSignal.timeout = () => timeout(ms)
  }, limitMs)
