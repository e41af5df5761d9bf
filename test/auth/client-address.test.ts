import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createClientAddress, parseRange } from '../../src/auth/client-address.ts'

const trusted = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'].map(parseRange).filter((range) => range !== null)

function addressOf(remoteAddress: string | undefined, forwarded?: string, ranges = trusted) {
  const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage // all that is read
  return createClientAddress(ranges)(request)
}

test.each([
  ['nobody is trusted unless the operator says so', '10.0.0.1', '203.0.113.9', [], '10.0.0.1'],
  ['a peer that is no proxy is not believed', '198.51.100.1', '203.0.113.9', undefined, '198.51.100.1'],
  ['a proxy is', '10.0.0.1', '203.0.113.9', undefined, '203.0.113.9'],
  ['a proxy in the form of IPv6 too', '::ffff:10.0.0.1', '203.0.113.9', undefined, '203.0.113.9'],
  ['by one address', '192.0.2.7', '2001:db9::1', undefined, '2001:db9::1'],
  ['by a range of IPv6', '2001:db8::5', '203.0.113.9', undefined, '203.0.113.9'],
  ['what the client wrote before is not', '10.0.0.1', '1.1.1.1, 203.0.113.9', undefined, '203.0.113.9'],
  ['proxies behind proxies are passed', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.9.9.9', undefined, '203.0.113.9'],
  ['with the port that a proxy adds', '10.0.0.1', '203.0.113.9:4711, 10.0.0.2:80', undefined, '203.0.113.9'],
  ['of IPv6 too', '10.0.0.1', '[2001:db9::1]:4711', undefined, '2001:db9::1'],
  ['or with brackets alone', '10.0.0.1', '[2001:db9::1]', undefined, '2001:db9::1'],
  ['IPv4 in the form of IPv6 is IPv4', '10.0.0.1', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
  ['of the peer as well', '::ffff:198.51.100.1', undefined, undefined, '198.51.100.1'],
  ['fewer than four parts are no address', '10.0.0.1', '203.0.113.9, 10.1', undefined, '10.0.0.1'],
  ['nor are octal ones', '10.0.0.1', '203.0.113.9, 0x0a000001', undefined, '10.0.0.1'],
  ['what is no address ends it', '10.0.0.1', '203.0.113.9, unknown', undefined, '10.0.0.1'],
  ['so does nothing', '10.0.0.1', undefined, undefined, '10.0.0.1'],
  ['an empty header', '10.0.0.1', '', undefined, '10.0.0.1'],
  ['all of them proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', undefined, '10.0.0.3'],
  ['no socket any more', undefined, '203.0.113.9', undefined, null],
])('%s', (_, peer, forwarded, ranges, expected) => {
  expect(addressOf(peer, forwarded, ranges)).toBe(expected)
})

test('an address or a range is told from anything else', () => {
  expect(['10.0.0.0/8', '::1', '10.0.0.1'].map((text) => parseRange(text) !== null)).toEqual([true, true, true])
  expect(['', 'proxy', '10.0.0.0/33', '10.0.0.0/'].map(parseRange)).toEqual([null, null, null, null])
})
