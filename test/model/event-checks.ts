import assert from 'node:assert/strict'
import type { StoredEvent } from '../../src/store/event-read.ts'
import type { StoredRun } from './stored.ts'

const totals = ['fetched', 'created', 'updated', 'unchanged', 'deleted', 'rejected'] as const

/** The events tell each run from its beginning to its one end, with totals that only grow and end as the run did. */
export function checkEvents(events: readonly StoredEvent[], runs: readonly StoredRun[]) {
  for (const run of runs) {
    const told = events.filter((event) => event.syncRunId === run.syncRunId && event.entity === run.entity)
    const label = `${run.mode} of ${run.entity} (${run.id})`
    const ends = told.filter((event) => event.type === 'ENTITY_FINISHED')
    assert.equal(ends.length, 1, `${label}: told ${ends.length} ends`)
    assert.equal(told.at(-1), ends[0], `${label}: something was told after its end`)
    assert.equal(ends[0]?.status, run.status, `${label}: its end was told wrong`)
    let before: StoredEvent['counts'] = null
    for (const { counts } of told) {
      if (!counts) continue
      for (const total of totals) {
        assert(
          counts[total] >= (before?.[total] ?? 0),
          `${label}: ${total} went back from ${before?.[total]} to ${counts[total]}`,
        )
      }
      before = counts
    }
    if (ends[0]?.counts) {
      for (const total of totals) assert.equal(ends[0].counts[total], run[total], `${label}: ${total} at its end`)
    }
  }
  for (const syncRunId of new Set(runs.map((run) => run.syncRunId))) {
    const told = events.filter((event) => event.syncRunId === syncRunId)
    assert.equal(told[0]?.type, 'RUN_QUEUED', `run ${syncRunId} began with ${told[0]?.type}`)
    assert.equal(told.filter((event) => event.type === 'RUN_FINISHED').length, 1, `run ${syncRunId}: its ends`)
    assert.equal(told.at(-1)?.type, 'RUN_FINISHED', `run ${syncRunId} ended with ${told.at(-1)?.type}`)
  }
}
