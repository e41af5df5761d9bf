import { lookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { HostGuard } from './host-guard.ts'

export type Resolve = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void

const systemResolve: Resolve = (host, done) => lookup(host, { all: true }, done)

/**
 * Name resolution for connecting. What it lets through is what is connected to: a name that answers one address to a
 * check and another to the connection gains nothing.
 */
export function guardedLookup(guard: HostGuard, resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, found) => {
      if (error) return done(error, [])
      const wanted =
        options.family === 4 || options.family === 6 ? found.filter((it) => it.family === options.family) : found
      try {
        const addresses = guard.permitted(host, wanted)
        const first = addresses[0]
        if (options.all || !first) done(null, addresses)
        else done(null, first.address, first.family)
      } catch (refused) {
        done(refused instanceof Error ? refused : new Error('The host was refused.'), [])
      }
    })
  }
}
