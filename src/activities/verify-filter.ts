import type { SourceRecord } from '../connectors/contract.ts'
import { ListContradicted } from '../connectors/errors.ts'
import type { ArrivedRow } from '../store/record-row.ts'
import type { PassContext } from './read-pass.ts'

const dayMs = 86_400_000
/** Fewer are let go: a connector may have its reasons. */
const tolerated = 20

/**
 * Notices a source that ignores `since`, so that every run would read everything. Many records far older than the window make it ask for what
 * is to be modified in a year: whatever comes then with an older stamp shows that nobody looks at the filter. Costs nothing where answers
 * keep to their window.
 */
export function createFilterCheck({
  run,
  open,
  window,
  signal,
}: Pick<PassContext, 'run' | 'open' | 'window' | 'signal'>) {
  let settled = false
  // over all batches of one pass: those of a slow source hold a few records each
  let counted = { since: 0, old: 0, all: 0 }

  return async (rows: readonly ArrivedRow[], since: Date | null): Promise<void> => {
    if (settled || since === null) return
    // a stamp may be a date alone, or of another zone
    const tooOld = since.getTime() - dayMs
    const old = rows.filter((row) => row.sourceUpdatedAt !== null && row.sourceUpdatedAt.getTime() < tooOld).length
    const before = counted.since === since.getTime() ? counted : { old: 0, all: 0 }
    counted = { since: since.getTime(), old: before.old + old, all: before.all + rows.length }
    if (counted.old <= tolerated || counted.old * 2 < counted.all) return
    settled = true
    const nextYear = new Date(window.end.getTime() + 365 * dayMs)
    for await (const page of open.source.read(run.entity, { since: nextYear, after: null, signal })) {
      if (![...page.records()].some((record) => isBefore(record, nextYear))) return
      throw new ListContradicted(
        'The source ignores the time from which on it was asked: it answers with records that were not modified since. Check the field that tells when a record was modified.',
      )
    }
  }
}

const isBefore = (record: SourceRecord, moment: Date) =>
  'record' in record && record.record.sourceUpdatedAt != null && record.record.sourceUpdatedAt < moment
