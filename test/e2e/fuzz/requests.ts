import fc from 'fast-check'
import { ownerKey } from '../processes.ts'

export interface FuzzedRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | null
}

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
const headerText = printable.map((text) => text.replaceAll(/[\x7f-\x9f]/g, '').trim())

/** Of the form of a token or of nothing at all; none that opens anything. */
const token = fc.oneof(
  headerText,
  fc.stringMatching(/^syn_(prod|dev|test)_[kc][0-9A-Za-z]{49}$/),
  fc.stringMatching(/^syn_[a-z]{1,5}_[0-9A-Za-z]{0,80}$/),
  fc.nat(ownerKey.length - 1).map((length) => ownerKey.slice(0, length)),
  fc.constant(ownerKey.toUpperCase()),
  fc.integer({ min: 1, max: 12_000 }).map((length) => 'x'.repeat(length)),
)

const authorization = fc.oneof(
  { weight: 4, arbitrary: fc.constant(`Bearer ${ownerKey}`) },
  { weight: 2, arbitrary: token.map((text) => `Bearer ${text}`) },
  fc
    .tuple(fc.constantFrom('Basic', 'bearer', 'Bearer,', 'Bearer\t', '', 'Digest'), token)
    .map((parts) => parts.join(' ')),
)

const names = [
  'viewer',
  'kind',
  'connections',
  'edges',
  'node',
  'id',
  'name',
  '__typename',
  '__schema',
  'types',
  'credits',
  'nothing',
  'é',
  '__proto__',
  'constructor',
]
const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.string({ maxLength: 8 }))
const literal = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom('$v', '$w', 'null', 'PART', '-0', '1e400', '9007199254740993', '"\\u0000"', '"\\ud800"', '""""""'),
)

const { document } = fc.letrec<{ selection: string; field: string; document: string }>((tie) => ({
  selection: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        tie('field'),
        fc.constantFrom('...F', '...G', '... on Viewer { kind }', '... @skip(if: $v) { id }'),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((fields) => `{ ${fields.join(' ')} }`),
  field: fc
    .tuple(
      fc.option(name, { nil: '' }),
      name,
      fc.option(fc.tuple(name, literal), { nil: null }),
      fc.constantFrom('', '', '@include(if: true)', '@skip(if: $v)', '@nothing', '@deprecated'),
      fc.option(tie('selection'), { nil: '', depthSize: 'small' }),
    )
    .map(([alias, of, argument, directive, selection]) => {
      const given = argument ? `(${argument[0]}: ${argument[1]})` : ''
      return `${alias && `${alias}: `}${of}${given} ${directive} ${selection}`
    }),
  document: fc
    .tuple(
      fc.constantFrom(
        '',
        'query',
        'query Q',
        'query ($v: Boolean!, $w: ID)',
        'mutation',
        'subscription',
        'fragment H on Query',
        'type X',
      ),
      tie('selection'),
      fc.array(
        tie('selection').map((selection) => `fragment F on Viewer ${selection}`),
        { maxLength: 2 },
      ),
    )
    .map(([kind, selection, fragments]) => [kind, selection, ...fragments].join(' ')),
}))

export { document }

const operation = fc.record(
  {
    query: fc.oneof({ weight: 6, arbitrary: document as fc.Arbitrary<unknown> }, fc.jsonValue()),
    variables: fc.oneof(fc.dictionary(fc.constantFrom('v', 'w', '__proto__', ''), fc.jsonValue()), fc.jsonValue()),
    operationName: fc.oneof(fc.constantFrom('Q', 'nothing'), fc.jsonValue()),
    extensions: fc.jsonValue(),
  },
  { requiredKeys: ['query'] },
)

const body = fc.oneof(
  { weight: 6, arbitrary: operation.map((given) => JSON.stringify(given)) },
  fc.tuple(operation, fc.nat(200)).map(([given, length]) => JSON.stringify(given).slice(0, length)),
  fc.array(operation, { maxLength: 3 }).map((given) => JSON.stringify(given)),
  fc.uint8Array({ maxLength: 200 }),
  // a text that is no UTF-8
  fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => Buffer.concat([Buffer.from('{"query":"{ viewer { kind } } #'), bytes, Buffer.from('"}')])),
)

const header = fc.oneof(
  fc.tuple(
    fc.constant('content-type'),
    fc.constantFrom(
      'text/plain',
      'application/graphql',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-7',
      '',
    ),
  ),
  fc.tuple(
    fc.constant('accept'),
    fc.oneof(
      fc.constantFrom(
        'text/event-stream',
        'multipart/mixed',
        'application/graphql-response+json',
        'text/html',
        '*/*;q=0',
      ),
      headerText,
    ),
  ),
  fc.tuple(fc.constant('content-encoding'), fc.constantFrom('gzip', 'br', 'deflate', 'gzip, gzip', 'nothing')),
  fc.tuple(
    fc.constantFrom(
      'x-syncline-environment',
      'origin',
      'cookie',
      'x-forwarded-for',
      'range',
      'if-match',
      'last-event-id',
    ),
    headerText,
  ),
)

/** Any request to the API; most with a good credential, so that more than the door is met. */
export const request: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constant('POST') },
      fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'),
    ),
    path: fc.oneof(
      { weight: 6, arbitrary: fc.constant('/graphql') },
      fc.webQueryParameters().map((query) => `/graphql?${query}`),
      document.map((query) => `/graphql?query=${encodeURIComponent(query)}`),
      fc.constantFrom('/tokens/revoke', '/', '/graphql/', '//graphql', '/graphql%00', '/%ff', '/healthz', '/session'),
    ),
    headers: fc.tuple(authorization, fc.array(header, { maxLength: 3 })).map(([presented, more]) => ({
      'content-type': 'application/json',
      authorization: presented,
      ...Object.fromEntries(more),
    })),
    body,
  })
  .map((given) => ({ ...given, body: given.method === 'GET' || given.method === 'HEAD' ? null : given.body }))
