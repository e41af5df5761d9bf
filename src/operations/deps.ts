import type { OpenSource } from '../connectors/open-source.ts'
import type { Registry } from '../connectors/registry.ts'
import type { Logger } from '../log.ts'
import type { Delivery } from '../secrets/delivery.ts'
import type { SecretStore } from '../secrets/secret-store.ts'
import type { Database } from '../store/database.ts'
import type { SyncControl } from '../temporal/sync-control.ts'

/** What operations stand on. Connectors and the way to open a source are injected: operations know only their contract. */
export interface OperationDeps {
  db: Database
  secrets: SecretStore
  temporal: SyncControl
  connectors: Registry
  openSource: OpenSource
  /** Null or absent: no token can be delivered. */
  delivery?: Delivery | null
  log: Logger
}
