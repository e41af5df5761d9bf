import { randomBytes } from 'node:crypto'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'
import type { Ground } from './world.ts'

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
