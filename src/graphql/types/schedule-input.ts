import { builder } from '../builder.ts'

export const ScheduleInput = builder.inputType('ScheduleInput', {
  description: 'Exactly one of every and cron.',
  fields: (t) => ({
    every: t.field({ type: 'Duration', description: 'From PT1M to P31D, e.g. PT15M.' }),
    cron: t.string({
      description:
        'Five fields: minute, hour, day of month, month, day of week. Where both days are restricted, one that matches either counts.',
    }),
    timeZone: t.string({ description: 'IANA name that cron is read in; UTC when null.' }),
  }),
})

/** As the operations take it. */
export function scheduleOf(input: typeof ScheduleInput.$inferInput | null | undefined) {
  if (!input) return null
  return { every: input.every ?? null, cron: input.cron ?? null, timeZone: input.timeZone ?? null }
}
