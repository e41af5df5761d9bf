import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Null when it is neither an address nor a range in CIDR notation. */
export function parseRange(text: string): Range | null {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  if (!ipaddr.isValid(text)) return null
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/**
 * Where a request comes from: the peer, or what the proxies that the operator trusts have added to X-Forwarded-For. Each adds the one it heard
 * from at the end, so it is read from there, up to the first that is no such proxy; whatever stands before was the client's to write.
 */
export function createClientAddress(trusted: readonly Range[]) {
  function isTrusted(address: string): boolean {
    const parsed = ipaddr.process(address)
    return trusted.some(([start, bits]) => start.kind() === parsed.kind() && parsed.match(start, bits))
  }

  return ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string | null => {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = socket.remoteAddress ?? null
    while (address !== null && isTrusted(address)) {
      const before = forwarded.pop()?.trim()
      if (before === undefined || !ipaddr.isValid(before)) break
      address = before
    }
    return address
  }
}

export type ClientAddress = ReturnType<typeof createClientAddress>
