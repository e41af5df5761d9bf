import { randomBytes } from 'node:crypto'
import type { Caller } from '../../src/auth/caller.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import type { SecretStore } from '../../src/secrets/secret-store.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'
import type { Temporal } from './real-workflows.ts'

export interface Ground {
  db: Database
  secrets: SecretStore
  owner: Caller
  /** Where there is one, the workflows themselves carry the runs out; else their part is played. */
  temporal?: Temporal
}

/** A database with credits for any number of sequences, one connection each. */
export async function openGround(): Promise<Ground> {
  const db = await openFreshDatabase()
  await db.pool.query('UPDATE environment SET credit_total = 1000000')
  const environment = await db.prisma.environment.findUniqueOrThrow({ where: { name: 'production' } })
  return {
    db,
    secrets: createLocalSecretStore(db, [{ id: 'model', key: randomBytes(32) }]),
    owner: {
      kind: 'OWNER',
      id: 'owner',
      environmentId: environment.id,
      scopes: new Set<Scope>(),
      connectionId: null,
      ip: null,
    },
  }
}
