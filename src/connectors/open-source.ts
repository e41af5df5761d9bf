import type { Source } from './contract.ts'
import { createHostGuard } from './http/host-guard.ts'
import { createSourceHttp } from './http/source-http.ts'
import { ConfigurationInvalid } from './errors.ts'
import type { SourceGates } from './http/source-gates.ts'
import { type Resume, watchGate } from './http/watched-gate.ts'
import { defaultLimits } from './limits.ts'
import type { Registry } from './registry.ts'

/** Opens a source with config and credentials that its connector's schemas have parsed; the caller closes it. */
export type OpenSource = (input: {
  system: string
  config: unknown
  credentials: unknown
  /** Whose budget its requests are taken from; absent: nobody's, as for a check. */
  connectionId?: string
  /** Called when all of its requests wait for the limiter; the answer is called before the next one goes out. */
  onIdle?: () => Resume
}) => OpenedSource

export interface OpenedSource {
  source: Source
  /** What the source has been asked since it was opened. */
  usage(): { requests: number; bytes: number }
  close(): Promise<void>
}

/** The way to every source: under the host guard, with time, size and requests in flight bounded. */
export function createOpenSource(registry: Registry, allowedHosts: readonly string[], gates?: SourceGates): OpenSource {
  const hostGuard = createHostGuard(allowedHosts)
  return ({ system, config, credentials, connectionId, onIdle }) => {
    const connector = registry.get(system)
    if (!connector) throw new ConfigurationInvalid(`There is no connector for the system "${system}".`)
    const profile = connector.limits?.(config) ?? defaultLimits
    const gate = connectionId === undefined ? undefined : gates?.(connectionId, profile)
    const http = createSourceHttp({
      hostGuard,
      profile,
      ...(gate && { gate: onIdle ? watchGate(gate, onIdle) : gate }),
    })
    return {
      source: connector.open({ config, credentials, http }),
      usage: () => http.usage,
      close: () => http.close(),
    }
  }
}
