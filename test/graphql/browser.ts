/** A browser that shows a page of the server at `url`, as far as its requests tell. */
export interface Browser {
  /** What it adds to a request that its page makes. */
  headers: { cookie: string; origin: string }
  /** The value of the cookie. */
  secret: string
  setCookie: string
}

export const signIn = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(new URL('/session', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

export async function openBrowser(url: string, key: string, origin = new URL(url).origin): Promise<Browser> {
  const response = await signIn(url, { key }, { origin })
  const [setCookie = ''] = response.headers.getSetCookie()
  if (response.status !== 204) throw new Error(`signing in answered ${response.status}: ${await response.text()}`)
  const cookie = setCookie.split(';', 1)[0] ?? ''
  return { headers: { cookie, origin }, secret: cookie.slice(cookie.indexOf('=') + 1), setCookie }
}

export async function askAs(
  browser: Pick<Browser, 'headers'>,
  url: string,
  query = '{ viewer { kind scopes environment { name } } }',
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...browser.headers, ...headers },
    body: JSON.stringify({ query }),
  })
  // oxlint-disable-next-line typescript/no-explicit-any -- each test asserts the fields that it asked for
  const { data, errors } = (await response.json()) as { data?: any; errors?: { extensions: { code: string } }[] }
  return { status: response.status, data, code: errors?.[0]?.extensions.code, headers: response.headers }
}
