import type { ConnectionRowFragment, EntityType, EventFieldsFragment, SyncStatus } from '../generated/documents.ts'
import { further } from '../ui/sync-stages.ts'

/** How far a run has read one entity. */
export interface Reading {
  entity: EntityType
  syncRunId: string
  fetched: number
  /** Null where the source does not count. */
  total: number | null
  status: SyncStatus
}

/** What events have told of a connection's readings. */
export type ToldReadings = ReadonlyMap<EntityType, Reading>

/** By connection. */
export type Activity = ReadonlyMap<string, ToldReadings>

export interface EntityRow {
  entity: EntityType
  currentRun?: RunRow | null
  lastRun?: RunRow | null
}

type RunRow = Pick<
  NonNullable<ConnectionRowFragment['entities'][number]['currentRun']>,
  'syncRunId' | 'status' | 'estimatedTotal' | 'counts'
>

/** The activity after these events, of the connections that are shown alone. Where nothing changes, the same objects. */
export function activityAfter(
  before: Activity,
  events: readonly EventFieldsFragment[],
  shown: ReadonlySet<string>,
): Activity {
  const changed = new Map<string, Map<EntityType, Reading>>()
  for (const event of events) {
    const { connectionId } = event
    if (!shown.has(connectionId)) continue
    const told = changed.get(connectionId) ?? new Map(before.get(connectionId))
    const reading = readingOf(event, told)
    if (reading) changed.set(connectionId, told.set(reading.entity, reading))
  }
  if (changed.size === 0) return before
  const kept = [...before].filter(([id]) => shown.has(id) && !changed.has(id))
  return new Map([...kept, ...changed])
}

function readingOf(event: EventFieldsFragment, told: ToldReadings): Reading | null {
  const { syncRunId, entity, status, counts, estimatedTotal } = event
  if (entity === null || syncRunId === null || status === null) return null
  const known = told.get(entity)
  const before = known?.syncRunId === syncRunId ? known : undefined
  const fetched = Math.max(counts?.fetched ?? 0, before?.fetched ?? 0)
  return { entity, syncRunId, fetched, total: estimatedTotal ?? before?.total ?? null, status }
}

/** Each entity's reading under way, or its last one: as it was read or as it was told, whichever is further. */
export function readings(entities: readonly EntityRow[], told: ToldReadings | undefined): Reading[] {
  return entities.flatMap(({ entity, currentRun, lastRun }) => {
    const event = told?.get(entity)
    const run = currentRun ?? lastRun
    const row = run ? asReading(entity, run) : undefined
    if (!event || !row) return event ?? row ?? []
    if (event.syncRunId === row.syncRunId)
      return {
        ...event,
        fetched: Math.max(row.fetched, event.fetched),
        total: event.total ?? row.total,
        status: further(row.status, event.status),
      }
    // a run that has ended, or that the row does not know yet
    return isReading(event) && event.syncRunId !== lastRun?.syncRunId ? event : row
  })
}

const asReading = (entity: EntityType, { syncRunId, status, counts, estimatedTotal }: RunRow): Reading => ({
  entity,
  syncRunId,
  fetched: counts.fetched,
  total: estimatedTotal,
  status,
})

export const isReading = ({ status }: Pick<Reading, 'status'>) => status === 'RUNNING' || status === 'CANCELING'

/** How far the run is that reads now, over all its entities: those that have ended count with what they read. Null when none reads. */
export function runUnderWay(all: readonly Reading[]): Pick<Reading, 'syncRunId' | 'fetched' | 'total'> | null {
  const syncRunId = all.find(isReading)?.syncRunId
  if (syncRunId === undefined) return null
  const ofRun = all.filter((reading) => reading.syncRunId === syncRunId)
  return {
    syncRunId,
    fetched: ofRun.reduce((sum, { fetched }) => sum + fetched, 0),
    total: ofRun.reduce<number | null>((sum, reading) => {
      const whole = isReading(reading) ? reading.total : reading.fetched
      return sum === null || whole === null ? null : sum + whole
    }, 0),
  }
}
