import type { ChartedRunFragment, SyncStatus } from '../generated/documents.ts'

/** A run that has ended, as the charts show it. */
export interface RunBar {
  id: string
  at: string
  status: SyncStatus
  seconds: number
  created: number
  updated: number
  deleted: number
  /** Records of the connection when it ended; null where that cannot be told. */
  records: number | null
}

/**
 * Oldest first. `newestFirst` are the runs as the API lists them, `records` what the connection has now; null once their deletion was asked for: it
 * is no run's doing.
 */
export function runBars(newestFirst: readonly ChartedRunFragment[], records: number | null): RunBar[] {
  let after = records
  const bars: RunBar[] = []
  for (const { id, status, startedAt, finishedAt, totals } of newestFirst) {
    const { created, updated, deleted } = totals
    if (startedAt && finishedAt) {
      const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000
      bars.unshift({ id, at: finishedAt, status, seconds, created, updated, deleted, records: after })
    }
    if (after !== null) after -= created - deleted
  }
  return bars
}
