import {
  type Candidate,
  countInScope,
  deletionCandidates,
  type DeletionScope,
  seenHashes,
} from '../store/deletion-candidates.ts'
import { countMissing, keepMissing } from '../store/missing-batch.ts'
import { deleteMissing, holdDeletes } from '../store/record-delete.ts'
import { hasRejectedWithoutKey } from '../store/rejected-read.ts'
import { type Checkpoint, passNumbers } from './checkpoint.ts'
import { idHash, type PassContext } from './read-pass.ts'

const pageSize = 5_000
/** Asked for by key between two commits: what a crash or a failing source makes us ask again. */
const askedAtOnce = 200
/** Fewer are let go whatever their share. */
const guardRecords = 20

export type DeleteContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'window' | 'signal' | 'turn' | 'progress'> & {
  lagMs: number
  usageSince(): { requests: number; bytes: number }
}

/**
 * Deletes the records that a complete re-sync has missed: in its window when it started, seen in no pass, written by no later commit, and confirmed
 * by key where the source can be asked. Too many at once are held for someone to confirm. What is missing is kept as it becomes known, and nothing is
 * deleted before all of it is: a call that is interrupted, or whose time is up, answers the place from which the next one goes on. Safe to repeat: a
 * deleted record is no candidate.
 */
export async function deleteGone(context: DeleteContext, at: Checkpoint): Promise<Checkpoint> {
  const { deps, run, open, window, lagMs } = context
  const done: Checkpoint = { ...at, pass: 'done', after: null }
  const scope: DeletionScope = {
    // nearer to the window's edge than the overlap, a record may have been left out rightly
    stampedFrom: window.start && new Date(window.start.getTime() + lagMs),
    writtenUpTo: BigInt(at.startSeq),
  }
  if (!open.source.existing && (await hasRejectedWithoutKey(deps.db, run.entityRunId))) {
    // one of the records without a readable key may be any that is missed, and nobody can be asked
    deps.log.warn({ entityRunId: run.entityRunId }, 'records came without a key: nothing is deleted by this re-sync')
    return done
  }
  const { at: last, whole } = await findGone(context, scope, at)
  if (!whole) return last
  const gone = await countMissing(deps.db.pool, run.entityRunId)
  if (gone === 0) return done
  const live = await countInScope(deps.db, run, scope)
  const tooMany = gone > guardRecords && gone * 100 > live * run.deleteGuardPercent
  if (tooMany || (gone >= 2 && gone >= live)) await holdDeletes(deps.db, run, done)
  else await deleteMissing(deps.db, run, done)
  return done
}

/** Keeps what is gone from the checkpoint on; `whole` when there is nothing behind it any more, else time is up. */
async function findGone(
  context: DeleteContext,
  scope: DeletionScope,
  from: Checkpoint,
): Promise<{ at: Checkpoint; whole: boolean }> {
  const { deps, run, open, signal, turn, progress, usageSince } = context
  let at = from
  for await (const missing of missingFrom(context, scope, from.after ?? '')) {
    if (at !== from && turn.isOver()) return { at, whole: false }
    signal.throwIfAborted()
    const gone = await unconfirmedDropped(missing)
    at = { ...at, after: missing.at(-1)?.externalId ?? at.after }
    await keepMissing(deps.db, run, { missing: gone, checkpoint: at, usage: usageSince() })
    progress.advanced = true
  }
  return { at, whole: true }

  async function unconfirmedDropped(missing: Candidate[]): Promise<Candidate[]> {
    if (!open.source.existing) return missing
    const ids = missing.map((candidate) => candidate.externalId)
    const there = await open.source.existing(run.entity, ids, signal)
    return missing.filter((candidate) => !there.has(candidate.externalId))
  }
}

/** The candidates behind a key that no pass has seen, as many at a time as one step asks for. */
async function* missingFrom({ deps, run, open, signal }: DeleteContext, scope: DeletionScope, key: string) {
  const atOnce = open.source.existing ? askedAtOnce : pageSize
  const seen = await seenHashes(deps.db, run.entityRunId, [passNumbers.read, passNumbers.again, passNumbers.changed])
  let missing: Candidate[] = []
  for (let after = key; ; ) {
    signal.throwIfAborted()
    const page = await deletionCandidates(deps.db, run, scope, { after, limit: pageSize })
    missing.push(...page.filter(({ externalId }) => !holds(seen, idHash(externalId).readBigUInt64BE())))
    while (missing.length >= atOnce) yield missing.splice(0, atOnce)
    const last = page.at(-1)
    if (!last || page.length < pageSize) break
    after = last.externalId
  }
  if (missing.length > 0) yield missing
}

function holds(sorted: BigUint64Array, value: bigint): boolean {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const at = sorted[middle] ?? 0n
    if (at === value) return true
    if (at < value) low = middle + 1
    else high = middle - 1
  }
  return false
}
