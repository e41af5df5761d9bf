import type { ModelEntity, Setup } from './sequence.ts'
import type { SourceModel } from './source-model.ts'
import type { StoredRecord } from './stored.ts'

/** What a full re-sync has to do to an entity when its source is quiet. */
export interface Expected {
  deleted: number
  heldDeletes: number
  /** The records that are gone at the source and may be told to be. */
  missing: string[]
}

const dayMs = 86_400_000

export function expectResync(
  source: SourceModel,
  setup: Setup,
  entity: ModelEntity,
  live: readonly StoredRecord[],
): Expected {
  const now = source.holding(entity)
  const start = source.now() - setup.historyDays * dayMs
  // nearer to the window's edge than the lag nothing is judged; master data have no window
  const scope = live.filter((record) => entity === 'PART' || record.stamp >= start + setup.lagSeconds * 1_000)
  const missing = scope.filter((record) => !now.has(record.key)).map((record) => record.key)
  // a record that comes without its key may be any of them, where nobody can be asked
  const keyless = [...now].some(
    ([key, { malformed, modified, json }]) =>
      malformed && (entity === 'PART' || modified >= start) && !json.slice(0, 40).includes(key),
  )
  if (!setup.asksByKey && keyless) return { deleted: 0, heldDeletes: 0, missing: [] }
  const many = missing.length > 20 && missing.length * 100 > scope.length * 20
  const held = many || (missing.length >= 2 && missing.length >= scope.length)
  return held
    ? { deleted: 0, heldDeletes: missing.length, missing: [] }
    : { deleted: missing.length, heldDeletes: 0, missing }
}
