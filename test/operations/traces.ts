import type { Caller } from '../../src/auth/caller.ts'
import type { OperationsRig } from './operations-rig.ts'

/** Whatever a connection leaves anywhere; credits in the caller's environment. */
export async function traces(rig: OperationsRig, { environmentId }: Caller) {
  const { prisma } = rig.db
  return {
    connections: await prisma.connection.count(),
    gates: await prisma.connectionGate.count(),
    states: await prisma.entityState.count(),
    tokens: await prisma.connectionToken.count(),
    runs: await prisma.syncRun.count(),
    entityRuns: await prisma.entityRun.count(),
    events: await prisma.event.count(),
    credits: await prisma.creditEntry.count(),
    used: (await prisma.environment.findUniqueOrThrow({ where: { id: environmentId } })).creditUsed,
    audits: await prisma.auditEntry.count(),
    keys: await prisma.idempotencyKey.count(),
    secrets: await prisma.localSecret.count(),
    workflows: rig.temporal.calls.length,
  }
}

/** What a refused attempt leaves: that it was made. */
export const refusalNoted = <T extends { audits: number }>(before: T): T => ({ ...before, audits: before.audits + 1 })
