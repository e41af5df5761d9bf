import { Agent, request as send } from 'undici'
import type { LimiterProfile, SourceHttp, SourceRequest, SourceResponse } from '../contract.ts'
import { AnswerInvalid, ConfigurationInvalid, RateLimited, SourceUnavailable } from '../errors.ts'
import { defaultLimits as defaultProfile } from '../limits.ts'
import { readBody, readStart } from './body.ts'
import { withDeadline } from './deadline.ts'
import { statusFailure, transportFailure } from './failure.ts'
import { createLocalGate, type SourceGate } from './gate.ts'
import { guardedLookup, type Resolve } from './guarded-lookup.ts'
import type { HostGuard } from './host-guard.ts'

export interface SourceHttpOptions {
  readonly hostGuard: HostGuard
  readonly limits?: Partial<typeof defaultLimits>
  /** How much the source may be asked, and how it says that it was too much. */
  readonly profile?: LimiterProfile
  /** What this client shares with others that ask the same source; unless given it shares nothing. */
  readonly gate?: SourceGate
  /** Name resolution; the system's own unless given. */
  readonly resolve?: Resolve
}

const defaultLimits = {
  connectMs: 10_000,
  /** From the request sent to the answer's headers. */
  headersMs: 30_000,
  /** The longest silence within a body. */
  bodyIdleMs: 30_000,
  /** The whole of it, redirects included: an answer that trickles is never silent for long. */
  totalMs: 180_000,
  /** Of the decoded body, where the request does not say. */
  maxBytes: 32 * 1_048_576,
  redirects: 3,
}

/**
 * A SourceHttp with connections of its own. `usage.bytes` counts bodies as they come over the wire, still compressed.
 */
export type OwnedSourceHttp = SourceHttp & { close(): Promise<void> }

export function createSourceHttp(options: SourceHttpOptions): OwnedSourceHttp {
  const { hostGuard, profile = defaultProfile } = options
  const limits = { ...defaultLimits, ...options.limits }
  const gate = options.gate ?? createLocalGate(profile.maxInFlight)
  const usage = { requests: 0, bytes: 0 }
  const agent = new Agent({
    connections: profile.maxInFlight,
    connect: { timeout: limits.connectMs, lookup: guardedLookup(hostGuard, options.resolve) },
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyIdleMs,
  })

  /** One request on the wire; a redirect comes back as the URL to go on with. */
  async function ask(url: URL, request: SourceRequest): Promise<SourceResponse | URL> {
    checkUrl(url, hostGuard)
    usage.requests += 1
    const answer = await send(url, {
      dispatcher: agent,
      signal: request.signal,
      headers: {
        accept: request.expect.join(', '),
        'accept-encoding': 'gzip, br',
        'user-agent': 'syncline',
        ...request.headers,
      },
    })
    // a body given up emits an error, which would otherwise end the process; readers of the body see it all the same
    answer.body.on('error', () => {})
    const status = answer.statusCode
    const headers = flatten(answer.headers)
    const date = parseDate(headers['date'])
    if (status < 200 || status > 299) {
      const isThrottle =
        status >= 400 &&
        status !== 401 &&
        profile.isThrottle !== undefined &&
        profile.isThrottle(status, headers, await readStart(answer.body, headers['content-encoding']))
      await answer.body.dump({ limit: 65_536, signal: request.signal })
      if ([301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined) {
        return redirectTarget(url, headers['location'], status)
      }
      if (status < 400) throw new AnswerInvalid(`${url.host} answered with HTTP ${status} and no body.`, { status })
      throw statusFailure(url.host, { status, headers, date, isThrottle })
    }
    try {
      const { charset } = checkMediaType(url.host, status, headers['content-type'], request.expect)
      const maxBytes = request.maxBytes ?? limits.maxBytes
      const text = await readBody(
        answer.body,
        { host: url.host, encoding: headers['content-encoding'], charset, maxBytes },
        (bytes) => (usage.bytes += bytes),
      )
      return { status, headers, text, date }
    } finally {
      // an answer given up half-way would hold its connection
      answer.body.destroy()
    }
  }

  /** Each hop of a redirect is a request to the source, and takes a turn of its own. Waiting for it is not part of the time that is left. */
  async function askInTurn(at: URL, request: SourceRequest, leftMs: number) {
    const release = await gate.acquire(request.signal)
    const since = performance.now()
    const late = () =>
      new SourceUnavailable(
        `${at.host} did not finish its answer within ${limits.totalMs / 1_000} s. It is asked again; if that repeats, ask for smaller pages.`,
      )
    try {
      const result = await withDeadline({ signal: request.signal, ms: leftMs, late }, (signal) =>
        ask(at, { ...request, signal }),
      )
      return { result, tookMs: performance.now() - since }
    } catch (error) {
      request.signal.throwIfAborted()
      const failure = transportFailure(at.host, error)
      if (failure instanceof RateLimited) await gate.throttled(failure.retryAfterMs)
      throw failure
    } finally {
      release()
    }
  }

  return {
    usage,
    async get(url, request) {
      let at = url
      let leftMs = limits.totalMs
      for (let hops = 0; hops <= limits.redirects; hops += 1) {
        const { result, tookMs } = await askInTurn(at, request, leftMs)
        if (!(result instanceof URL)) return result
        at = result
        leftMs -= tookMs
      }
      throw new ConfigurationInvalid(`${at.host} redirects in a circle. Check the base URL.`, { path: ['baseUrl'] })
    },
    close: () => agent.destroy(),
  }
}

function checkUrl(url: URL, guard: HostGuard) {
  const path = ['baseUrl']
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigurationInvalid('Only http and https URLs can be read.', { path })
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationInvalid('A URL must not hold a user or password: they belong into the credentials.', {
      path,
    })
  }
  // a literal address is connected to without name resolution
  guard.checkLiteral(url.hostname)
}

function redirectTarget(from: URL, location: string, status: number): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (target?.origin === from.origin) return target
  // the credentials were given for this origin and go nowhere else
  throw new ConfigurationInvalid(
    `${from.host} redirects to another origin (HTTP ${status}). Check the base URL and the sign-in.`,
    { status, path: ['baseUrl'] },
  )
}

function checkMediaType(host: string, status: number, header: string | undefined, expected: readonly string[]) {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim())
  const mediaType = type.toLowerCase()
  if (!expected.includes(mediaType)) {
    const shown = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(mediaType) ? mediaType : 'no media type'
    throw new AnswerInvalid(
      `${host} answered with ${shown} (HTTP ${status}) instead of ${expected.join(' or ')}: a sign-in page or a proxy?`,
      { status },
    )
  }
  const charset = parameters
    .find((part) => /^charset=/i.test(part))
    ?.slice('charset='.length)
    .replaceAll('"', '')
  return { charset }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

function parseDate(header: string | undefined): Date | null {
  const time = Date.parse(header ?? '')
  return Number.isNaN(time) ? null : new Date(time)
}
