import { describe, expect, it } from 'vitest'
import { ConfigurationInvalid } from '../../../src/connectors/errors.ts'
import { createHostGuard } from '../../../src/connectors/http/host-guard.ts'

const family = (address: string) => (address.includes(':') ? 6 : 4)
const permits = (allowed: string[], host: string, address: string) => {
  try {
    return createHostGuard(allowed).permitted(host, [{ address, family: family(address) }]).length === 1
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationInvalid)
    return false
  }
}

describe('the host guard', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    'lets the public %s through',
    (address) => {
      expect(permits([], 'erp.example', address)).toBe(true)
    },
  )

  it.each([
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.9.9.9'],
    ['loopback', '::1'],
    ['link-local', '169.254.1.1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique-local', 'fd12:3456::1'],
    ['carrier NAT', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['reserved', '240.0.0.1'],
    ['test net', '192.0.2.1'],
    ['benchmarking', '198.18.0.1'],
    ['IPv4-mapped', '::ffff:10.0.0.1'],
    ['IPv4-mapped, in hex', '::ffff:7f00:1'],
    ['IPv4-mapped, with a zone', '::ffff:127.0.0.1%lo'],
    ['IPv4-mapped metadata', '::ffff:169.254.169.254'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-compatible, in hex', '::7f00:1'],
    ['IPv4-compatible, in hex', '::a00:1'],
    ['IPv4-translated', '::ffff:0:7f00:1'],
    ['NAT64 of metadata', '64:ff9b::169.254.169.254'],
    ['NAT64 of metadata', '64:ff9b::100.100.100.200'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['beside NAT64', '64:ff9b:2::7f00:1'],
    ['outside what is public', '1::1'],
    ['outside what is public', '4000::1'],
    ['outside what is public', '8000::1'],
    ['discard only', '100::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['of this network', '0.1.2.3'],
    ['of protocols', '192.0.0.192'],
    ['6to4 relay', '192.88.99.1'],
    ['test net', '203.0.113.1'],
    ['credentials of containers', '169.254.170.2'],
    ['carrier NAT', '100.127.255.255'],
    ['a number', '2130706433'],
    ['hex', '0x7f.0.0.1'],
    ['octal', '0177.0.0.1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['site-local', 'fec0::1'],
    ['metadata', '169.254.169.254'],
    ['metadata', 'fd00:ec2::254'],
    ['metadata', '100.100.100.200'],
    ['metadata', '168.63.129.16'],
    ['no address', 'localhost'],
  ])('refuses %s: %s', (_kind, address) => {
    expect(permits([], 'erp.example', address)).toBe(false)
  })

  it.each([
    [['10.0.0.0/8'], 'erp.example', '10.1.2.3', true],
    [['10.0.0.0/8'], 'erp.example', '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], 'erp.example', '11.1.2.3', true],
    [['10.0.0.0/8'], 'erp.example', '172.16.0.1', false],
    [['10.1.2.3'], 'erp.example', '10.1.2.3', true],
    [['10.1.2.3'], 'erp.example', '10.1.2.4', false],
    [['fd00::/8'], 'erp.example', 'fd12::1', true],
    [['[::1]'], 'erp.example', '::1', true],
    [['localhost'], 'localhost', '127.0.0.1', true],
    [['localhost'], '127.0.0.1', '127.0.0.1', true],
    [['localhost'], 'erp.example', '::1', true],
    [['localhost'], 'localhost', '10.0.0.1', true],
    [['localhost'], 'erp.example', '10.0.0.1', false],
    [['ERP.Example.'], 'erp.example', '10.0.0.1', true],
    [['erp.example'], 'ERP.EXAMPLE.', '10.0.0.1', true],
    [['erp.example'], 'other.example', '10.0.0.1', false],
    [['erp.example'], 'erp.example', '169.254.169.254', false],
    [['erp.example'], 'erp.example', 'fd00:ec2::254', false],
    [['erp.example'], 'erp.example', '100.100.100.200', false],
    [['erp.example'], 'erp.example', '0.0.0.0', false],
    [['169.254.169.254'], 'erp.example', '169.254.169.254', true],
  ])('with %j allowed, %s at %s: %s', (allowed, host, address, expected) => {
    expect(permits(allowed, host, address)).toBe(expected)
  })

  it.each([
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://4294967295/',
    'http://127.0.0.1./',
    'http://169.254.169.254./',
    'http://%31%32%37.0.0.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://erp.example@127.0.0.1/',
    'http://[::]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
  ])('sees through %s', (url) => {
    expect(() => createHostGuard([]).checkLiteral(new URL(url).hostname)).toThrow(ConfigurationInvalid)
  })

  it.each(['http://[fe80::1%25eth0]/', 'http://256.256.256.256/', 'http://127.0.0.1%00.example/'])(
    '%s is no URL in the first place',
    (url) => expect(URL.canParse(url)).toBe(false),
  )

  it('leaves out the addresses of a host that may not be asked', () => {
    const addresses = [
      { address: '10.0.0.1', family: 4 },
      { address: '8.8.8.8', family: 4 },
    ]
    expect(createHostGuard([]).permitted('erp.example', addresses)).toEqual([{ address: '8.8.8.8', family: 4 }])
  })

  it('says who can allow a host', () => {
    expect(() => createHostGuard([]).checkLiteral('[::1]')).toThrow(/::1 is a private.*SYNCLINE_ALLOWED_SOURCE_HOSTS/)
    expect(() => createHostGuard([]).checkLiteral('erp.example')).not.toThrow()
  })
})
