import { builder } from '../builder.ts'

export const ScheduleInput = builder.inputType('ScheduleInput', {
  description: 'Exactly one of every and cron.',
  fields: (t) => ({
    every: t.field({ type: 'Duration', description: 'From PT1M to P31D, e.g. PT15M.' }),
    cron: t.string({ description: 'Five fields: minute, hour, day of month, month, day of week.' }),
    timeZone: t.string({ description: 'IANA name that cron is read in; UTC when null.' }),
  }),
})
