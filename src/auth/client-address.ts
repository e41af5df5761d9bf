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

/** `text` may carry a port, as some proxies write it; IPv4 has four parts, and is itself where IPv6 carries it. Null when it is no address. */
function readAddress(text: string): string | null {
  const host = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  if (!ipaddr.IPv4.isValidFourPartDecimal(host) && !ipaddr.IPv6.isValid(host)) return null
  return ipaddr.process(host).toString()
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
    let address = readAddress(socket.remoteAddress ?? '')
    while (address !== null && isTrusted(address)) {
      const before = readAddress(forwarded.pop()?.trim() ?? '')
      if (before === null) break
      address = before
    }
    return address
  }
}

export type ClientAddress = ReturnType<typeof createClientAddress>
