import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDelivery, DeliveryRefused } from '../../src/secrets/delivery.ts'
import { type DeliveryPrefix, type DeliveryStore, parseDeliveryPrefixes } from '../../src/secrets/delivery-prefixes.ts'
import { SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'

interface Written {
  store: DeliveryStore
  name: string
  token: string
}

function deliveryOf(targets: string) {
  const { prefixes, problems } = parseDeliveryPrefixes(targets)
  expect(problems).toEqual([])
  const written: Written[] = []
  const opened: DeliveryStore[] = []
  const delivery = createDelivery({
    allowed: prefixes,
    async open(store) {
      opened.push(store)
      return { write: async (name, token) => void written.push({ store, name, token }) }
    },
  })
  return { delivery, written, opened }
}

const targets = 'production=vault:kv/customers/, production=aws:customers/,testing=azure:test-,testing=vault:kv/test/'

test('targets are read from one variable', () => {
  expect(parseDeliveryPrefixes(targets).prefixes).toEqual([
    { environment: 'production', store: 'vault', prefix: 'kv/customers/' },
    { environment: 'production', store: 'aws', prefix: 'customers/' },
    { environment: 'testing', store: 'azure', prefix: 'test-' },
    { environment: 'testing', store: 'vault', prefix: 'kv/test/' },
  ] satisfies DeliveryPrefix[])
  expect(parseDeliveryPrefixes('')).toEqual({ prefixes: [], problems: [] })
})

test.each([
  'production',
  'vault:kv/customers/',
  'production=kv/customers/',
  'production=local:x/',
  'production=gcp:x/',
  'production=Vault:kv/customers/',
  'pro duction=vault:kv/customers/',
  // the whole store, or half a part of a name
  'production=vault:',
  'production=vault:/',
  'production=vault:kv/customers',
  'production=aws:customers',
  'production=azure:customers',
  'production=azure:-',
  // more than one way to write a name
  'production=vault:kv//customers/',
  'production=vault:/kv/customers/',
  'production=vault:kv/../customers/',
  'production=vault:kv/./customers/',
  'production=vault:kv/%2e%2e/customers/',
  'production=vault:kv\\customers/',
  'production=azure:a/b-',
])('the prefix %j is refused', (value) => {
  const { prefixes, problems } = parseDeliveryPrefixes(value)
  expect(prefixes).toEqual([])
  expect(problems).toHaveLength(1)
})

test('a token goes where its environment may send it, and its store is opened then', async () => {
  const { delivery, written, opened } = deliveryOf(targets)
  delivery.check('production', { store: 'vault', name: 'kv/customers/acme/syncline' })
  expect(opened).toEqual([])
  await delivery.write('production', { store: 'vault', name: 'kv/customers/acme/syncline' }, 'token')
  await delivery.write('production', { store: 'aws', name: 'customers/acme' }, 'token')
  await delivery.write('testing', { store: 'azure', name: 'Test-acme' }, 'token')
  expect(written).toEqual([
    { store: 'vault', name: 'kv/customers/acme/syncline', token: 'token' },
    { store: 'aws', name: 'customers/acme', token: 'token' },
    { store: 'azure', name: 'Test-acme', token: 'token' },
  ])
})

test.each([
  ['development', 'vault', 'kv/customers/acme'],
  ['production', 'vault', 'kv/test/acme'],
  ['production', 'azure', 'test-acme'],
  ['testing', 'vault', 'kv/customers/acme'],
  ['testing', 'aws', 'customers/acme'],
  ['production', 'local', 'customers/acme'],
  ['production', 'constructor', 'customers/acme'],
  ['__proto__', 'vault', 'kv/customers/acme'],
  ['production', 'vault', 'kv/customers'],
  ['production', 'vault', 'kv/customers/'],
  ['production', 'vault', 'kv/customers-of-others/acme'],
  ['production', 'vault', 'KV/customers/acme'],
  ['production', 'vault', ''],
  ['production', 'vault', 'kv/customers/..'],
  ['production', 'vault', 'kv/customers/../other'],
  ['production', 'vault', 'kv/customers/./acme'],
  ['production', 'vault', 'kv/customers//acme'],
  ['production', 'vault', '/kv/customers/acme'],
  ['production', 'vault', 'kv/customers/acme/'],
  ['production', 'vault', 'kv/customers/%2e%2e/other'],
  ['production', 'vault', 'kv/customers/..%2fother'],
  ['production', 'vault', 'kv/customers/a%2Fb'],
  ['production', 'vault', 'kv/customers/..\\other'],
  ['production', 'vault', 'kv/customers/acme?version=1'],
  ['production', 'vault', 'kv/customers/acme#x'],
  ['production', 'vault', 'kv/customers/acme\n'],
  ['production', 'vault', 'kv/customers/acme\u0000'],
  ['production', 'vault', 'kv/customers/ａcme'],
  ['production', 'vault', `kv/customers/${'a'.repeat(201)}`],
  ['production', 'aws', `customers/${'a/'.repeat(300)}a`],
  ['production', 'aws', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:customers/acme'],
  ['testing', 'azure', 'test-'],
  ['testing', 'azure', 'test'],
  ['testing', 'azure', 'test-a_b'],
  ['testing', 'azure', 'test-a/../../keys/x'],
])('in %j the target %j %j is refused', async (environment, store, name) => {
  const { delivery, written, opened } = deliveryOf(targets)
  expect(() => delivery.check(environment, { store, name })).toThrow(DeliveryRefused)
  await expect(delivery.write(environment, { store, name }, 'token')).rejects.toThrow(DeliveryRefused)
  expect([...written, ...opened]).toEqual([])
})

test('whatever is asked for, what is written lies under a prefix, as the server will read the name too', async () => {
  const { delivery, written } = deliveryOf(
    'production=vault:kv/customers/,production=aws:customers/,production=azure:customers-',
  )
  let allowed = 0
  const nasty = fc.constantFrom('/', '//', '..', '.', '-', '%2f', '%2e', '\\', ' ', '?', '#', 'é', '\u0000')
  const piece = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('kv', 'customers', 'acme') },
    { weight: 1, arbitrary: nasty },
  )
  const name = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('vault', 'aws', 'azure'),
      fc.constantFrom('', 'kv/customers/', 'customers/', 'customers-'),
      name,
      async (store, start, rest) => {
        written.length = 0
        await delivery.write('production', { store, name: start + rest }, 'token').catch((error: unknown) => {
          if (!(error instanceof DeliveryRefused)) throw error
        })
        allowed += written.length
        for (const one of written) {
          const { pathname } = new URL(`https://store.example/v1/${one.name}`)
          const prefix = { vault: 'kv/customers/', aws: 'customers/', azure: 'customers-' }[one.store]
          expect(pathname).toBe(`/v1/${one.name}`)
          expect(decodeURIComponent(pathname).startsWith(`/v1/${prefix}`)).toBe(true)
        }
      },
    ),
    { numRuns: 2_000 },
  )
  expect(allowed).toBeGreaterThan(20)
})

test('where nothing is allowed delivery is off, and a store that is away is told as such', async () => {
  expect(deliveryOf('').delivery.isOn('production')).toBe(false)
  const { delivery } = deliveryOf(targets)
  expect([delivery.isOn('production'), delivery.isOn('testing'), delivery.isOn('development')]).toEqual([
    true,
    true,
    false,
  ])
  expect(() => deliveryOf('').delivery.check('production', { store: 'vault', name: 'kv/customers/a' })).toThrow(
    /delivered anywhere: SYNCLINE_DELIVERY_TARGETS/,
  )
  const away = createDelivery({
    allowed: parseDeliveryPrefixes(targets).prefixes,
    open: async () => ({ write: () => Promise.reject(new SecretStoreUnavailable('away')) }),
  })
  await expect(away.write('production', { store: 'aws', name: 'customers/a' }, 'token')).rejects.toThrow(
    SecretStoreUnavailable,
  )
})
