import type { LookupAddress } from 'node:dns'
import ipaddr from 'ipaddr.js'
import { ConfigurationInvalid } from '../errors.ts'

/**
 * Decides which addresses a source may have. Without it, whoever may create a connection could have the worker ask the
 * operator's own network: a database, a cloud's metadata service.
 */
export interface HostGuard {
  /** Those of the host's addresses that may be connected to; throws ConfigurationInvalid where none may. */
  permitted(host: string, addresses: readonly LookupAddress[]): LookupAddress[]
  /** Throws ConfigurationInvalid where the host is itself an address that may not be connected to. */
  checkLiteral(host: string): void
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = [Address, number]

// A name that the operator allows may stand for these; what lies beyond must be allowed by address.
const reachableByName = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'])
// Metadata services outside the ranges that are refused anyway, and those inside a range that a name may open.
const metadataServices = new Set([
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2:0:0:0:0:0:254',
  'fd20:ce:0:0:0:0:0:254',
])

/** `allowed`: host names, addresses and CIDRs; `localhost` stands for every loopback address too. */
export function createHostGuard(allowed: readonly string[]): HostGuard {
  const names = new Set<string>()
  const networks: Network[] = []
  for (const entry of allowed) {
    const network = parseNetwork(entry)
    if (network) networks.push(network)
    else names.add(plainHost(entry))
  }
  if (names.has('localhost')) networks.push(ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128'))

  const permits = (host: string, text: string) => {
    const address = judgedAddress(text)
    if (!address) return false
    if (networks.some(([base, bits]) => contains(base, bits, address))) return true
    if (metadataServices.has(address.toString()) || metadataServices.has(address.toNormalizedString())) return false
    const range = address.range()
    return isPublic(address) || (names.has(host) && reachableByName.has(range))
  }

  return {
    permitted(host, addresses) {
      const plain = plainHost(host)
      const left = addresses.filter(({ address }) => permits(plain, address))
      if (left.length === 0) throw refusal(plain)
      return left
    },
    checkLiteral(host) {
      const plain = plainHost(host)
      if (ipaddr.isValid(plain) && !permits(plain, plain)) throw refusal(plain)
    },
  }
}

function refusal(host: string) {
  return new ConfigurationInvalid(
    `${host} is a private or reserved host. Whoever operates Syncline can allow it with SYNCLINE_ALLOWED_SOURCE_HOSTS.`,
    { path: ['baseUrl'] },
  )
}

function plainHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function parseNetwork(entry: string): Network | null {
  const plain = entry.trim().replace(/^\[|\]$/g, '')
  if (ipaddr.isValidCIDR(plain)) return ipaddr.parseCIDR(plain)
  if (!ipaddr.isValid(plain)) return null
  const address = ipaddr.process(plain)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

// An IPv4 address in IPv6 clothes reaches the IPv4 host, so the IPv4 address is what is judged.
function judgedAddress(text: string): Address | null {
  if (!ipaddr.isValid(text)) return null
  const address = ipaddr.process(text)
  if (address instanceof ipaddr.IPv6 && address.range() === 'rfc6052') {
    return new ipaddr.IPv4(address.toByteArray().slice(12))
  }
  return address
}

// Of IPv6 only this part is given to the public: elsewhere are IPv4 addresses in clothes that no range names, such as ::7f00:1.
const publicIpv6 = ipaddr.IPv6.parseCIDR('2000::/3')

function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || contains(...publicIpv6, address))
}

function contains(base: Address, bits: number, address: Address): boolean {
  if (base instanceof ipaddr.IPv4 && address instanceof ipaddr.IPv4) return address.match(base, bits)
  return base instanceof ipaddr.IPv6 && address instanceof ipaddr.IPv6 && address.match(base, bits)
}
