import type { RequestListener } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { SourceRequest } from '../../../src/connectors/contract.ts'
import * as errors from '../../../src/connectors/errors.ts'
import type { SourceGate } from '../../../src/connectors/http/gate.ts'
import { createHostGuard } from '../../../src/connectors/http/host-guard.ts'
import { defaultLimits, tellsOfThrottling } from '../../../src/connectors/limits.ts'
import { retryAfterMs } from '../../../src/connectors/http/retry-after.ts'
import type { SourceHttpOptions } from '../../../src/connectors/http/source-http.ts'
import { startLocalServer } from './local-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(answer: RequestListener, options?: Partial<SourceHttpOptions>) {
  const local = await startLocalServer(answer, options)
  closing.push(local.close)
  const get = (path = '/', request: Partial<SourceRequest> = {}) =>
    local.http.get(new URL(path, local.origin), {
      expect: ['application/json'],
      signal: new AbortController().signal,
      ...request,
    })
  return { ...local, get }
}

const json = { 'content-type': 'application/json; charset=utf-8' }
const failure = async (result: Promise<unknown>) =>
  result.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )

describe('an answer', () => {
  it.each([
    ['plain', undefined, (text: string) => Buffer.from(text)],
    ['gzip', 'gzip', gzipSync],
    ['brotli', 'br', brotliCompressSync],
    ['with a byte order mark', undefined, (text: string) => Buffer.from(`\uFEFF${text}`)],
  ])('is read %s', async (_name, encoding, encode) => {
    const body = encode('{"name":"Müller"}')
    const { get, http } = await serve((_, res) => {
      res.writeHead(200, { ...json, ...(encoding && { 'content-encoding': encoding }) }).end(body)
    })
    const answer = await get()
    expect(answer.text).toBe('{"name":"Müller"}')
    expect(answer.status).toBe(200)
    expect(answer.date).toBeInstanceOf(Date)
    expect(http.usage).toEqual({ requests: 1, bytes: body.length })
  })

  it('of another media type is refused', async () => {
    const { get } = await serve((_, res) =>
      res.writeHead(200, { 'content-type': 'text/html' }).end('<html>secret</html>'),
    )
    const error = await failure(get())
    expect(error).toBeInstanceOf(errors.AnswerInvalid)
    expect(String(error)).toMatch(/text\/html/)
    expect(String(error)).not.toMatch(/secret/)
  })

  it('that unpacks to more than is allowed is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000))
    const { get, http } = await serve((_, res) => res.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb))
    expect(await failure(get('/', { maxBytes: 1_000_000 }))).toBeInstanceOf(errors.AnswerInvalid)
    expect(http.usage.bytes).toBeLessThan(100_000)
  })

  it('that is not what its encoding says is refused', async () => {
    const { get } = await serve((_, res) => res.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('plain'))
    expect(await failure(get())).toBeInstanceOf(errors.AnswerInvalid)
  })
})

describe('a status', () => {
  it.each([
    [401, {}, errors.CredentialsRejected],
    [403, {}, errors.AccessDenied],
    [403, { 'retry-after': '1' }, errors.RateLimited],
    [429, {}, errors.RateLimited],
    [503, { 'retry-after': '1' }, errors.RateLimited],
    [503, {}, errors.SourceUnavailable],
    [500, {}, errors.SourceUnavailable],
    [408, {}, errors.SourceUnavailable],
    [400, {}, errors.ConfigurationInvalid],
    [404, {}, errors.ConfigurationInvalid],
  ])('%i with %j is an error of its kind that repeats nothing', async (status, headers, kind) => {
    const { get } = await serve((_, res) => res.writeHead(status, headers).end('you sent password hunter2'))
    const error = await failure(get('/orders?token=hunter2', { headers: { authorization: 'Basic hunter2' } }))
    expect(error).toBeInstanceOf(kind)
    expect((error as errors.SourceError).status).toBe(status)
    expect(String(error)).toContain(`HTTP ${status}`)
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('hunter2')
  })

  it.each([
    [403, 'You have made too many requests', errors.RateLimited],
    [403, '{"error":"API rate limit exceeded"}', errors.RateLimited],
    [503, 'Throttled', errors.RateLimited],
    [403, 'This user may not read orders', errors.AccessDenied],
    [500, 'Too many requests', errors.SourceUnavailable],
    [401, 'Too many requests', errors.CredentialsRejected],
  ])('%i with "%s" is told by its body where the system throttles so', async (status, body, kind) => {
    const profile = { ...defaultLimits, isThrottle: tellsOfThrottling }
    for (const zipped of [false, true]) {
      const { get } = await serve(
        (_, res) => {
          const text = body + ' '.repeat(100_000)
          res.writeHead(status, zipped ? { 'content-encoding': 'gzip' } : {}).end(zipped ? gzipSync(text) : text)
        },
        { profile },
      )
      const error = await failure(get())
      expect(error).toBeInstanceOf(kind)
      expect(String(error)).not.toContain(body)
      // the connection is whole: the next request goes through
      expect(await failure(get())).toBeInstanceOf(kind)
    }
  })

  it('429 tells how long to wait', async () => {
    const { get } = await serve((_, res) => res.writeHead(429, { 'retry-after': '7' }).end())
    expect(await failure(get())).toMatchObject({ retryAfterMs: 7_000 })
  })
})

it.each([
  ['120', 120_000],
  ['0.5', 500],
  ['Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
  ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, expected) => {
  expect(retryAfterMs(header, new Date('2026-11-24T10:00:00Z'))).toBe(expected)
})

describe('a redirect', () => {
  it('within the origin is followed', async () => {
    const { get, http } = await serve((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/there' }).end()
      else res.writeHead(200, json).end(JSON.stringify(req.headers['authorization']))
    })
    expect((await get('/', { headers: { authorization: 'Bearer x' } })).text).toBe('"Bearer x"')
    expect(http.usage.requests).toBe(2)
  })

  it('to another origin is not followed', async () => {
    let asked = 0
    const other = await serve((_, res) => {
      asked += 1
      res.writeHead(200, json).end('{}')
    })
    const { get } = await serve((_, res) => res.writeHead(302, { location: `${other.origin}/?a=hunter2` }).end())
    const error = await failure(get())
    expect(error).toBeInstanceOf(errors.ConfigurationInvalid)
    expect(String(error)).not.toContain('hunter2')
    expect(asked).toBe(0)
  })

  it('takes a turn for each request, one at a time', async () => {
    let turns = 0
    let open = 0
    const gate: SourceGate = {
      async acquire() {
        turns += 1
        open += 1
        expect(open).toBe(1)
        return () => void (open -= 1)
      },
      throttled: async () => {},
    }
    const { get } = await serve(
      (req, res) =>
        req.url === '/last' ? res.writeHead(200, json).end('{}') : res.writeHead(302, { location: '/last' }).end(),
      { gate },
    )
    await get('/first')
    expect([turns, open]).toEqual([2, 0])
  })

  it('is part of the time that the whole answer has', async () => {
    const { get } = await serve(
      (req, res) =>
        setTimeout(
          () =>
            req.url === '/last' ? res.writeHead(200, json).end('{}') : res.writeHead(302, { location: '/last' }).end(),
          400,
        ),
      { limits: { totalMs: 600 } },
    )
    expect(String(await failure(get('/first')))).toMatch(/did not finish its answer within 0.6 s/)
  })

  it('in a circle ends', async () => {
    const { get, http } = await serve((_, res) => res.writeHead(307, { location: '/' }).end())
    expect(await failure(get())).toBeInstanceOf(errors.ConfigurationInvalid)
    expect(http.usage.requests).toBe(4)
  })
})

describe('a broken transport is SourceUnavailable', () => {
  it('when nothing listens', async () => {
    const gone = await startLocalServer(() => {})
    await gone.close()
    const { http } = await serve(() => {})
    const request = { expect: ['application/json'], signal: new AbortController().signal }
    expect(await failure(http.get(new URL(gone.origin), request))).toBeInstanceOf(errors.SourceUnavailable)
  })

  it('when the connection breaks before and within the answer', async () => {
    const { get } = await serve((req, res) => {
      if (req.url === '/within') {
        res.writeHead(200, { ...json, 'content-length': '1000' })
        res.write('{"value":[', () => res.destroy())
      } else req.socket.resetAndDestroy()
    })
    expect(await failure(get('/before'))).toBeInstanceOf(errors.SourceUnavailable)
    expect(await failure(get('/within'))).toBeInstanceOf(errors.SourceUnavailable)
  })

  it('when the answer does not begin, or stops', async () => {
    const hangs = await serve(() => {}, { limits: { headersMs: 100 } })
    expect(String(await failure(hangs.get()))).toMatch(/SourceUnavailable: .* did not begin to answer in time/)
    const stops = await serve((_, res) => res.writeHead(200, json).write('{'), { limits: { bodyIdleMs: 100 } })
    expect(String(await failure(stops.get()))).toMatch(/SourceUnavailable: .* stopped in the middle/)
  })

  it('when the answer trickles on and on, also where it says that it failed', async () => {
    const { get } = await serve(
      (req, res) => {
        res.writeHead(req.url === '/fails' ? 500 : 200, json)
        const trickle = setInterval(() => res.write(' '), 10)
        res.on('close', () => clearInterval(trickle))
      },
      { limits: { totalMs: 150 } },
    )
    expect(String(await failure(get('/')))).toMatch(/SourceUnavailable: .* did not finish its answer within 0.15 s/)
    expect(await failure(get('/fails'))).toBeInstanceOf(errors.SourceUnavailable)
  })

  it('when the name does not resolve', async () => {
    const resolve: SourceHttpOptions['resolve'] = (_, done) =>
      done(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), [])
    const { http } = await serve(() => {}, { resolve })
    const request = { expect: ['application/json'], signal: new AbortController().signal }
    expect(String(await failure(http.get(new URL('http://erp.example/'), request)))).toMatch(
      /SourceUnavailable.*no such host/,
    )
  })
})

describe('a host that may not be asked', () => {
  const request = { expect: ['application/json'], signal: new AbortController().signal }

  it.each([
    'http://127.0.0.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://2130706433',
    'http://0x7f.1',
    'http://localhost',
  ])('is refused: %s', async (host) => {
    let asked = 0
    const { http, port } = await serve(() => (asked += 1), { hostGuard: createHostGuard([]) })
    const error = await failure(http.get(new URL(`${host}:${port}/`), request))
    expect(error).toBeInstanceOf(errors.ConfigurationInvalid)
    expect(String(error)).toMatch(/private.*SYNCLINE_ALLOWED_SOURCE_HOSTS/)
    expect(asked).toBe(0)
  })

  it('is refused at the one look-up that the connection makes', async () => {
    let lookups = 0
    const resolve: SourceHttpOptions['resolve'] = (_, done) => {
      lookups += 1
      done(null, [{ address: '127.0.0.1', family: 4 }])
    }
    const { http, port } = await serve(() => expect.unreachable(), { hostGuard: createHostGuard([]), resolve })
    expect(await failure(http.get(new URL(`http://erp.example:${port}/`), request))).toBeInstanceOf(
      errors.ConfigurationInvalid,
    )
    expect(lookups).toBe(1)
  })

  it.each(['ftp://erp.example/', 'file:///etc/passwd', 'http://user:pw@erp.example/'])(
    'is refused for its URL: %s',
    async (url) => {
      const { http } = await serve(() => {})
      expect(await failure(http.get(new URL(url), request))).toBeInstanceOf(errors.ConfigurationInvalid)
      expect(http.usage.requests).toBe(0)
    },
  )
})

describe('requests of one client', () => {
  it('are under way four at a time, over connections that are kept', async () => {
    const held: (() => void)[] = []
    const sockets = new Set<unknown>()
    let most = 0
    let under = 0
    const { get } = await serve((req, res) => {
      sockets.add(req.socket)
      under += 1
      most = Math.max(most, under)
      held.push(() => {
        under -= 1
        res.writeHead(200, json).end('{}')
      })
      if (held.length === 4) for (const answer of held.splice(0)) answer()
    })
    await Promise.all(Array.from({ length: 12 }, () => get()))
    expect(most).toBe(4)
    expect(sockets.size).toBe(4)
  })

  it('end with their signal, waiting or under way', async () => {
    const { get } = await serve(() => controller.abort(reason), {
      profile: { maxInFlight: 1, requestsPerSecond: null },
    })
    const controller = new AbortController()
    const reason = new Error('enough')
    const results = await Promise.allSettled([
      get('/', { signal: controller.signal }),
      get('/', { signal: controller.signal }),
    ])
    expect(results.map((it) => it.status === 'rejected' && it.reason)).toEqual([reason, reason])
  })
})
