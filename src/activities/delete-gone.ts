import {
  type Candidate,
  countInScope,
  deletionCandidates,
  type DeletionScope,
  everyRecord,
} from '../store/deletion-candidates.ts'
import { countMissing, keepMissing } from '../store/missing-batch.ts'
import { deleteMissing, holdDeletes } from '../store/record-delete.ts'
import { hasRejectedWithoutKey } from '../store/rejected-record.ts'
import { type SeenKeys, seenKeys } from '../store/seen-keys.ts'
import { type Checkpoint, passNumbers } from './checkpoint.ts'
import { idHash, type PassContext } from './read-pass.ts'
import { contradicted } from './verify-enumeration.ts'

const pageSize = 5_000
/** Asked for by key between two commits: what a crash or a failing source makes us ask again. */
const askedAtOnce = 200
/** Asked for with them, of those that the run has met: an answer that knows none says nothing of the others. Some may go meanwhile. */
const mostWitnesses = 5
/** Fewer are let go whatever their share. */
const guardRecords = 20

export type DeleteContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'window' | 'signal' | 'turn' | 'progress'> & {
  lagMs: number
}

/**
 * Deletes the records that a complete re-sync has missed: in its window when it started, seen in no pass, written by no later commit, and confirmed
 * by key where the source can be asked. Too many at once are held for someone to confirm. What is missing is kept as it becomes known, and nothing is
 * deleted before all of it is: a call that is interrupted, or whose time is up, answers the place from which the next one goes on. Safe to repeat: a
 * deleted record is no candidate.
 */
export async function deleteGone(context: DeleteContext, at: Checkpoint): Promise<Checkpoint> {
  const { deps, run, open, window, signal, lagMs } = context
  const done: Checkpoint = { ...at, pass: 'done', after: null, judged: true }
  const scope: DeletionScope = {
    // nearer to the window's edge than the overlap, a record may have been left out rightly
    stampedFrom: window.start && new Date(window.start.getTime() + lagMs),
    writtenUpTo: BigInt(at.startSeq),
  }
  if (!open.source.existing && (await hasRejectedWithoutKey(deps.db, run.entityRunId))) {
    // one of the records without a readable key may be any that is missed, and nobody can be asked
    deps.log.warn({ entityRunId: run.entityRunId }, 'records came without a key: nothing is deleted by this re-sync')
    return { ...done, judged: false }
  }
  const { at: last, whole } = await findGone(context, scope, at)
  if (!whole) return last
  const gone = await countMissing(deps.db.pool, run.entityRunId)
  if (gone === 0) return done
  const live = await countInScope(deps.db, run, scope)
  const tooMany = gone > guardRecords && gone * 100 > live * run.deleteGuardPercent
  if (tooMany || (gone >= 2 && gone >= live)) await holdDeletes(deps.db, run, done)
  else await deleteMissing(deps.db, run, done, signal)
  return done
}

/** Keeps what is gone from the checkpoint on; `whole` when there is nothing behind it any more, else time is up. */
async function findGone(
  context: DeleteContext,
  scope: DeletionScope,
  from: Checkpoint,
): Promise<{ at: Checkpoint; whole: boolean }> {
  const { deps, run, open, signal, turn, progress } = context
  const passes = [passNumbers.read, passNumbers.again, passNumbers.changed]
  const seen = await seenKeys(deps.db, run.entityRunId, passes)
  const witnesses = open.source.existing ? await witnessesOf(context, seen) : []
  const atOnce = open.source.existing ? askedAtOnce : pageSize
  let at = from
  for await (const missing of missingFrom(context, scope, seen, { after: from.after ?? '', atOnce })) {
    if (at !== from && turn.isOver()) return { at, whole: false }
    signal.throwIfAborted()
    const gone = await unconfirmedDropped(missing)
    at = { ...at, after: missing.at(-1)?.externalId ?? at.after }
    const checkpoint = at
    await open.keepUsage((usage) => keepMissing(deps.db, run, { missing: gone, checkpoint, usage }))
    progress.advanced = true
  }
  return { at, whole: true }

  async function unconfirmedDropped(missing: Candidate[]): Promise<Candidate[]> {
    if (!open.source.existing) return missing
    // behind the others: whoever is still known then was known before
    const ids = [...missing.map((candidate) => candidate.externalId), ...witnesses]
    const there = await open.source.existing(run.entity, ids, signal)
    if (witnesses.length > 0 && !witnesses.some((id) => there.has(id)))
      await contradicted(context, 'has none of the records that it has just listed when it is asked for them by key')
    return missing.filter((candidate) => !there.has(candidate.externalId))
  }
}

/** A few of the stored records that the run has met. None where it has met only what it could not map, or nothing. */
async function witnessesOf({ deps, run, signal }: DeleteContext, seen: SeenKeys): Promise<string[]> {
  const witnesses: string[] = []
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const page = await deletionCandidates(deps.db, run, everyRecord, { after, limit: pageSize })
    for (const { externalId } of page) {
      if (seen.has(idHash(externalId))) witnesses.push(externalId)
      if (witnesses.length === mostWitnesses) return witnesses
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) return witnesses
    after = last.externalId
  }
}

/** The candidates behind a key that no pass has seen, as many at a time as one step asks for. */
async function* missingFrom(
  { deps, run, signal }: DeleteContext,
  scope: DeletionScope,
  seen: SeenKeys,
  from: { after: string; atOnce: number },
) {
  let missing: Candidate[] = []
  for (let after = from.after; ; ) {
    signal.throwIfAborted()
    const page = await deletionCandidates(deps.db, run, scope, { after, limit: pageSize })
    missing.push(...page.filter(({ externalId }) => !seen.has(idHash(externalId))))
    while (missing.length >= from.atOnce) yield missing.splice(0, from.atOnce)
    const last = page.at(-1)
    if (!last || page.length < pageSize) break
    after = last.externalId
  }
  if (missing.length > 0) yield missing
}
