const times = (count: number, text: (index: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, i) => text(i)).join(between)

const nested = (depth: number, open: string, inner: string, close: string) =>
  open.repeat(depth) + inner + close.repeat(depth)

/** Each of 2, that spreads the one before twice: 2^levels fields. */
const doubling = (levels: number) => times(levels, (i) => `fragment F${i + 1} on Viewer { ...F${i} ... { ...F${i} } }`)

const create = (config: string, credentials = '{}') =>
  `mutation { createConnection(input: { system: "odata", name: "x", config: ${config}, credentials: ${credentials} }) { __typename } }`

/** Documents that cost their sender nothing, and a careless server much. */
export const documents: Readonly<Record<string, string>> = {
  'a field within a field, 4,000 deep': nested(4_000, '{a', '', '}'),
  'known fields, 3,000 deep': `{ connections { edges { node ${nested(3_000, '{ reconnectedFrom ', '{ id }', '}')} } } }`,
  'a list within a list': create(nested(4_900, '[', '', ']')),
  'an object within an object': create(nested(2_400, '{a:', '1', '}')),
  'credentials within credentials': create('{}', nested(2_400, '{a:', '1', '}')),
  'a list type within a list type': `query ($x: ${nested(4_900, '[', 'Int', ']')}) { viewer { kind } }`,
  'inline fragments within each other': `{ viewer ${nested(2_400, '{ ... ', '{ kind }', '}')} }`,
  '3,000 aliases': `{ ${times(3_000, (i) => `a${i}: viewer { kind }`)} }`,
  '900 aliases of a page of 200': `{ ${times(400, (i) => `a${i}: connections(first: 200) { totalCount }`)} }`,
  'pages within pages':
    '{ connections(first: 200) { edges { node { syncRuns(first: 200) { edges { node { connection { parts(first: 200) { edges { node { id } } } } } } } } } } }',
  'a fragment that spreads itself': '{ viewer { ...F } } fragment F on Viewer { ...F }',
  'fragments in a circle': `{ viewer { ...F0 } } ${times(1_000, (i) => `fragment F${i} on Viewer { ...F${(i + 1) % 1_000} }`)}`,
  'fragments that double, 40 times': `{ viewer { ...F40 } } fragment F0 on Viewer { kind } ${doubling(40)}`,
  'fragments that double, behind a mutation': `mutation { startSync(input: { connectionId: "x" }) { ...G40 } } fragment G0 on StartSyncPayload { alreadyRunning } ${doubling(
    40,
  )
    .replaceAll(/\bF(?=\d)/g, 'G')
    .replaceAll('Viewer', 'StartSyncPayload')}`,
  'one field 3,000 times': `{ viewer { ${times(3_000, () => 'kind')} } }`,
  'fields that contradict each other': `{ ${times(700, (i) => `viewer { a: kind a: scopes b${i}: kind }`)} }`,
  'overlapping fragments': `{ viewer { ${times(60, (i) => `...O${i}`)} } } ${times(60, (i) => `fragment O${i} on Viewer { ${times(20, (j) => `f${j}: kind`)} }`)}`,
  '2,000 directives on a field': `{ viewer { kind ${times(2_000, () => '@skip(if: false)')} } }`,
  '2,000 unknown directives': `{ viewer { kind ${times(2_000, (i) => `@d${i}`)} } }`,
  '1,500 variables': `query (${times(1_500, (i) => `$v${i}: Int`)}) { viewer { kind } }`,
  '1,000 operations': times(1_000, (i) => `query Q${i} { viewer { kind } }`),
  '20,000 commas and 20,000 fields': `{ ${'a,'.repeat(20_000)} }`,
  'a text of 900,000 characters': `{ connections(filter: { search: "${'x'.repeat(900_000)}" }) { totalCount } }`,
  'a number of 100,000 digits': `{ connections(first: ${'9'.repeat(100_000)}) { totalCount } }`,
  'a name of 100,000 characters': `{ ${'a'.repeat(100_000)} }`,
  'a name that is almost another 5,000 times': `{ ${times(4_000, (i) => `connection${i}`)} }`,
  'introspection within introspection': `{ __schema { types ${nested(300, '{ fields { type { fields { type ', '{ name }', '} } } }')} } }`,
  'all of the schema, 90 times': `{ ${times(90, (i) => `s${i}: __schema { types { fields { type { fields { name } } } } }`)} }`,
  'a text that never ends': `{ connections(filter: { search: """${'\\"""'.repeat(3_000)} } }`,
  'comments alone': `#${'x'.repeat(500_000)}\n`.repeat(1),
  nothing: '',
}

const input = '{"input":{"system":"odata","name":"x","config":CONFIG,"credentials":CREDENTIALS}}'
const withInput = (config: string, credentials = '{}') =>
  `{"query":"mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { __typename } }","variables":${input.replace('CONFIG', config).replace('CREDENTIALS', credentials)}}`

/** Whole bodies. */
export const bodies: Readonly<Record<string, string>> = {
  'a config 60,000 deep': withInput(nested(60_000, '{"a":', '1', '}')),
  'credentials 60,000 deep': withInput('{}', nested(60_000, '{"a":', '1', '}')),
  'a list 200,000 deep as config': withInput(nested(200_000, '[', '', ']')),
  'a config of 100,000 fields': withInput(`{${times(60_000, (i) => `"k${i}":1`, ',')}}`),
  'a config of 300,000 numbers': withInput(`[${times(300_000, () => '1', ',')}]`),
  'a prototype as config': withInput('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}'),
  'variables that are a deep list': `{"query":"{ viewer { kind } }","variables":${nested(100_000, '[', '', ']')}}`,
  'extensions that are deep': `{"query":"{ viewer { kind } }","extensions":${nested(100_000, '{"a":', '1', '}')}}`,
  'a list of 10,000 entities': withInput('{}').replace(
    '"system"',
    `"entities":[${times(10_000, () => '"PART"', ',')}],"system"`,
  ),
  '5,000 operations at once': `[${times(5_000, () => '{"query":"{ viewer { kind } }"}', ',')}]`,
  'the same key 20,000 times': `{${times(20_000, () => '"query":"{ viewer { kind } }"', ',')}}`,
  'more than is read': `{"query":"${'x'.repeat(1_000_001)}"}`,
  'brackets without an end': '['.repeat(900_000),
  'half a text': '{"query":"{ viewer { kind',
}
