import type { ScheduleControl, SchedulePlan } from '../../src/temporal/schedule-control.ts'

export type HeldSchedules = ReturnType<typeof holdSchedules>

/** Schedules as Temporal would hold them; none fires. */
export function holdSchedules() {
  const held = new Map<string, SchedulePlan>()
  const idOf = (connectionId: string, key: string) => `${connectionId}/${key}`
  const control = {
    /** The schedules of a connection, by key. */
    of: (connectionId: string) =>
      [...held.values()].filter((plan) => plan.connectionId === connectionId).sort((a, b) => (a.key < b.key ? -1 : 1)),
    /** What a list does not show yet. */
    unlisted: new Set<string>(),
    /** Thrown by the next call, once. */
    failNext: null as Error | null,
    /** Called before a schedule is put. */
    beforePut: async () => {},
    described: [] as string[],
    /** What each of them has let fall. */
    skips: { overlap: 0, missed: 0 },
    /** When each of them fires. */
    firings: [new Date('2027-01-01T00:00:00.000Z')],

    async put(plan: SchedulePlan) {
      fail()
      await control.beforePut()
      held.set(idOf(plan.connectionId, plan.key), plan)
      return control.skips
    },
    async remove(connectionId: string, key: string) {
      held.delete(idOf(connectionId, key))
    },
    async listed(connectionId: string) {
      return control.of(connectionId).flatMap(({ key }) => (control.unlisted.has(key) ? [] : [key]))
    },
    async nextFiring(connectionId: string, key: string, after = new Date()) {
      control.described.push(key)
      fail()
      const plan = held.get(idOf(connectionId, key))
      return (plan && !plan.paused && control.firings.find((time) => time > after)) || null
    },
  }
  function fail() {
    const error = control.failNext
    control.failNext = null
    if (error) throw error
  }
  return control satisfies ScheduleControl
}
