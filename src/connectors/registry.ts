import type { Connector } from './contract.ts'

/** The systems that can be connected, by key. */
export type Registry = ReadonlyMap<string, Connector>

export function createRegistry(connectors: readonly Connector[]): Registry {
  return new Map(connectors.map((connector) => [connector.key, connector]))
}
