import type { Slot, SyncMode } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { EntityStanding } from '../store/sync-run-insert.ts'
import { ValidationError } from './errors.ts'
import { scheduleKey } from './schedule-plan.ts'

export interface Choice {
  mode: SyncMode
  runs: { entity: EntityType; mode: SyncMode; slot: Slot }[]
  /** Entities that are busy, with the run that holds each, in the order asked. */
  attached: { entity: EntityType; syncRunId: string }[]
  /** Waiting entity runs that have to become a FULL_RESYNC. */
  raise: string[]
}

interface Asked {
  /** Null: all that are enabled. */
  entities: readonly EntityType[] | null
  mode: SyncMode
  /** Key of the schedule that asks: for the entities that have it, whichever these are. */
  schedule?: string
}

/**
 * What a request starts and what it attaches to, entity by entity:
 *
 * | asked       | nothing active | an INCREMENTAL is active          | an INITIAL or FULL_RESYNC is active |
 * | INCREMENTAL | new            | attach to it                      | attach to it                        |
 * | FULL_RESYNC | new            | the waiting one, else a new waiting one | attach to it                  |
 *
 * A run that is being canceled counts as nothing active, but the new one waits for its end. An entity that never succeeded runs as INITIAL; one
 * that was enabled anew, or whose history was made longer, in the mode that is due, unless a FULL_RESYNC is asked for, which settles that too.
 */
export function chooseRuns(standings: readonly EntityStanding[], asked: Asked): Choice {
  const chosen = asked.entities
    ? named(standings, asked.entities)
    : standings.filter((standing) => isAsked(standing, asked))
  const choice: Choice = { mode: asked.mode, runs: [], attached: [], raise: [] }
  for (const { entity, succeeded, dueMode, active, waiting } of chosen) {
    const mode = succeeded ? modeOf(asked.mode, dueMode) : 'INITIAL'
    if (!active) {
      choice.runs.push({ entity, mode, slot: 'ACTIVE' })
    } else if (active.status !== 'CANCELING' && (asked.mode !== 'FULL_RESYNC' || active.mode !== 'INCREMENTAL')) {
      choice.attached.push({ entity, syncRunId: active.syncRunId })
    } else if (waiting) {
      choice.attached.push({ entity, syncRunId: waiting.syncRunId })
      if (mode === 'FULL_RESYNC' && waiting.mode === 'INCREMENTAL') choice.raise.push(waiting.entityRunId)
    } else {
      choice.runs.push({ entity, mode, slot: 'WAITING' })
    }
  }
  const [mode, ...others] = new Set(choice.runs.map((run) => run.mode))
  if (mode && others.length === 0) choice.mode = mode
  return choice
}

const modeOf = (asked: SyncMode, due: SyncMode | null) => (asked === 'FULL_RESYNC' ? asked : (due ?? asked))

function isAsked({ enabled, schedule }: EntityStanding, asked: Asked): boolean {
  if (asked.schedule === undefined) return enabled
  return enabled && schedule !== null && scheduleKey(schedule) === asked.schedule
}

function named(standings: readonly EntityStanding[], entities: readonly EntityType[]): EntityStanding[] {
  if (entities.length === 0) {
    throw new ValidationError('Name at least one entity, or leave entities out for all.', ['entities'])
  }
  return [...new Set(entities)].map((entity, i) => {
    const found = standings.find((standing) => standing.entity === entity && standing.enabled)
    if (found) return found
    const enabled = standings.filter((standing) => standing.enabled).map((standing) => standing.entity)
    throw new ValidationError(`${entity} is not synced by this connection. It syncs ${enabled.join(', ')}.`, [
      'entities',
      String(i),
    ])
  })
}
