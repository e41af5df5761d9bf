import type { OpenSource } from '../connectors/open-source.ts'
import type { Registry } from '../connectors/registry.ts'
import type { Logger } from '../log.ts'
import type { SecretStore } from '../secrets/secret-store.ts'
import type { Database } from '../store/database.ts'
import type { SyncControl } from '../temporal/sync-control.ts'
import type { Places } from './places.ts'
import type { Settling } from './settling.ts'

export interface ActivityDeps {
  db: Database
  secrets: SecretStore
  connectors: Registry
  openSource: OpenSource
  temporal: SyncControl
  /** Of this worker. */
  places: Places
  settling: Settling
  /** Stands for the code that maps records: see mapping-digest.ts. */
  mappingCode: string
  clock: () => Date
  log: Logger
}
