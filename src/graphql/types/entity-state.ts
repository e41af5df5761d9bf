import type { EntityState as EntityStateRow } from '../../generated/prisma/client.ts'
import type { StoredSchedule } from '../../store/connection-schedules.ts'
import { standingEntityRuns } from '../../store/standing-runs.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { EntityType } from './enums.ts'
import { EntityRun } from './entity-run.ts'

const Schedule = builder.objectRef<StoredSchedule & { paused: boolean }>('Schedule').implement({
  description: 'Exactly one of every and cron.',
  fields: (t) => ({
    every: t.expose('every', { type: 'Duration', nullable: true }),
    cron: t.exposeString('cron', {
      nullable: true,
      description: 'Five fields: minute, hour, day of month, month, day of week.',
    }),
    timeZone: t.exposeString('timeZone', {
      nullable: true,
      description: 'IANA name that cron is read in; UTC when null.',
    }),
    paused: t.exposeBoolean('paused', { description: 'Mirrors the connection.' }),
  }),
})

export const EntityState = builder.prismaNode('EntityState', {
  id: { field: 'id' },
  description: 'How one entity of a connection stands.',
  fields: (t) => ({
    entity: t.expose('entity', { type: EntityType }),
    enabled: t.exposeBoolean('enabled'),
    schedule: t.field({
      type: Schedule,
      nullable: true,
      description: 'Null: manual only.',
      select: { schedule: true, connection: { select: { gate: { select: { status: true } } } } },
      resolve: ({ schedule, connection }) => {
        if (schedule === null) return null
        // written by the operations in exactly this shape
        return { ...(schedule as StoredSchedule), paused: connection.gate?.status !== 'ACTIVE' }
      },
    }),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the schedule fires next, as Temporal will do it; null where none does, or Temporal cannot be asked.',
      resolve: ({ enabled, connectionId, schedule }, _args, { loaders }) =>
        // written by the operations in exactly this shape
        enabled && schedule ? loaders.nextRun.load({ connectionId, schedule: schedule as StoredSchedule }) : null,
    }),
    lastSuccessfulSyncAt: t.expose('lastSuccessfulSyncAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Start of the last run that succeeded for it.',
    }),
    watermark: t.exposeString('watermark', {
      nullable: true,
      description: 'Where the next incremental sync resumes, as the source spells it.',
    }),
    recordCount: t.int({
      description: 'Records stored and not deleted; 0 from when deleteConnectionData is asked for.',
      resolve: ({ recordCount, deletionAskedAt }) => (deletionAskedAt ? 0 : recordCount),
    }),
    dataDeletionRequestedAt: t.expose('deletionAskedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When deleteConnectionData was asked for it: from then on its records are shown to nobody.',
    }),
    dataDeletedAt: t.expose('dataDeletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last of its data was gone.',
    }),
    currentRun: t.prismaField({
      type: EntityRun,
      nullable: true,
      authScopes: { scope: 'SYNCS_READ' },
      description: 'The run that reads it now.',
      resolve: (query, state, _args, context, info) => standingRun('current', query, state, context, info),
    }),
    lastRun: t.prismaField({
      type: EntityRun,
      nullable: true,
      authScopes: { scope: 'SYNCS_READ' },
      description: 'The last run that has ended.',
      resolve: (query, state, _args, context, info) => standingRun('last', query, state, context, info),
    }),
    heldRun: t.prismaField({
      type: EntityRun,
      nullable: true,
      authScopes: { scope: 'SYNCS_READ' },
      description:
        'The full re-sync whose held deletions wait for confirmDeletes or dismissDeletes, however long ago it ran. Null when none are held.',
      resolve: (query, state, _args, context, info) => standingRun('held', query, state, context, info),
    }),
  }),
})

async function standingRun(
  which: 'current' | 'last' | 'held',
  query: object,
  state: EntityStateRow,
  { loaders, pool, prisma }: Context,
  info: Parameters<Context['loaders']['ofField']>[0],
) {
  const loader = loaders.ofField(info, which, async (states: readonly EntityStateRow[]) => {
    const ids =
      which === 'held' ? states.map(({ heldRunId }) => heldRunId) : await standingEntityRuns(pool, states, which)
    const rows = await prisma.entityRun.findMany({ ...query, where: { id: { in: ids.filter((id) => id !== null) } } })
    const byId = new Map(rows.map((row) => [row.id, row]))
    return new Map(states.map(({ id }, i) => [id, byId.get(ids[i] ?? '') ?? null]))
  })
  return (await loader.load(state)) ?? null
}
