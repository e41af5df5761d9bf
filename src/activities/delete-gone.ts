import {
  type Candidate,
  countInScope,
  deletionCandidates,
  type DeletionScope,
  seenHashes,
} from '../store/deletion-candidates.ts'
import { deleteMissing, holdDeletes } from '../store/record-delete.ts'
import { hasRejectedWithoutKey } from '../store/rejected-read.ts'
import { type Checkpoint, passNumbers } from './checkpoint.ts'
import { idHash, type PassContext } from './read-pass.ts'

const pageSize = 5_000
/** Fewer are let go whatever their share. */
const guardRecords = 20

export type DeleteContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'window' | 'signal'> & { lagMs: number }

/**
 * Deletes the records that a complete re-sync has missed: in its window when it started, seen in no pass, written by no later commit, and confirmed
 * by key where the source can be asked. Too many at once are held for someone to confirm. Safe to repeat: a deleted record is no candidate.
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
  const gone = await findGone(context, scope)
  if (gone.length === 0) return done
  const live = await countInScope(deps.db, run, scope)
  const tooMany = gone.length > guardRecords && gone.length * 100 > live * run.deleteGuardPercent
  if (tooMany || (gone.length >= 2 && gone.length >= live)) {
    await holdDeletes(deps.db, run, gone, done)
    return done
  }
  await deleteMissing(deps.db, run, gone, done)
  return done
}

async function findGone({ deps, run, open, signal }: DeleteContext, scope: DeletionScope): Promise<Candidate[]> {
  const first = await seenHashes(deps.db, run.entityRunId, [passNumbers.read, passNumbers.again, passNumbers.changed])
  const gone: Candidate[] = []
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const page = await deletionCandidates(deps.db, run, scope, { after, limit: pageSize })
    const missing = page.filter((candidate) => !holds(first, idHash(candidate.externalId).readBigUInt64BE()))
    gone.push(...(await unconfirmedDropped(missing)))
    const last = page.at(-1)
    if (!last || page.length < pageSize) return gone
    after = last.externalId
  }

  async function unconfirmedDropped(missing: Candidate[]): Promise<Candidate[]> {
    if (missing.length === 0 || !open.source.existing) return missing
    const ids = missing.map((candidate) => candidate.externalId)
    const there = await open.source.existing(run.entity, ids, signal)
    return missing.filter((candidate) => !there.has(candidate.externalId))
  }
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
