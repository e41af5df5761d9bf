import { type Attempt, currentAttempt } from './attempt.ts'
import type { Act, ModelEntity, Moment } from './sequence.ts'

/** Counts how far the attempts of each entity have come, and says what happens there. */
export function createMoments(met: (attempt: Attempt) => void) {
  let armed: Moment[] = []
  const passed = new Map<string, number>()

  return {
    /** From now on these; a moment of an entity that is not read is one of an entity that is. */
    arm(moments: readonly Moment[], entities?: readonly ModelEntity[]) {
      passed.clear()
      armed = moments.map((moment) =>
        !entities || entities.includes(moment.entity) ? moment : { ...moment, entity: entities[0] ?? moment.entity },
      )
    },

    /** The acts of the moments that the current attempt has come to, each once. */
    due(point: Moment['point']): Act[] {
      const attempt = currentAttempt.getStore()
      // one that was taken over only shows what it writes itself
      if (!attempt || attempt.until !== null) return []
      met(attempt)
      const place = `${attempt.entity} ${point}`
      const nth = (passed.get(place) ?? 0) + 1
      passed.set(place, nth)
      const now = armed.filter((moment) => `${moment.entity} ${moment.point}` === place && moment.nth === nth)
      armed = armed.filter((moment) => !now.includes(moment))
      const last = ({ act }: Moment) => Number(act.do === 'taken over')
      return now.sort((a, b) => last(a) - last(b)).map((moment) => moment.act)
    },
  }
}
