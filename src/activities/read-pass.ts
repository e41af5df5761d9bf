import { hash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Page } from '../connectors/contract.ts'
import { RateLimited, WindowRefused } from '../connectors/errors.ts'
import { keepCheckpoint } from '../store/entity-run-checkpoint.ts'
import { commitBatch, type Batch } from '../store/record-batch.ts'
import { createRowPacker } from '../store/packed-row.ts'
import type { FencedRun } from '../store/entity-run-fence.ts'
import { type ArrivedRow, stampOf } from '../store/record-row.ts'
import { batches, batchLimits, type PlacedPage, type PreparedBatch } from './batches.ts'
import { type Checkpoint, passNumbers, type ReadPass } from './checkpoint.ts'
import { floorTo, surelyAfter } from './clock-steps.ts'
import type { ActivityDeps } from './deps.ts'
import { mapChanged } from './map-changed.ts'
import { digestMapping } from './mapping-digest.ts'
import type { OpenRun, Window } from './open-run.ts'
import type { Turn } from './places.ts'
import { prefetch } from './prefetch.ts'
import type { Progress } from './progress.ts'
import { readWindows } from './read-windows.ts'
import { createFilterCheck } from './verify-filter.ts'

/** Pages asked for ahead of the one in hand: two, or one where they are large. */
const pagesAhead = {
  depth: 2,
  weigh: (page: Page) => page.bytes ?? 0,
  mostWeight: 4 * 1024 * 1024,
}
const progressMs = 250

export interface PassContext {
  deps: ActivityDeps
  run: FencedRun
  open: OpenRun
  window: Window
  turn: Turn
  signal: AbortSignal
  progress: Progress
  /** Whether the run deletes what it does not see, and so has to know what it saw. */
  deletes: boolean
  /** Up to here the window overlaps the one before it; null: it does not. */
  overlapUntil: Date | null
}

/**
 * Reads one pass from a checkpoint on and commits its batches. While a batch is written, the next is mapped and the pages after it are
 * fetched: at most one batch is being written, one gathered and few pages held. readPass answers the checkpoint at the pass's end, or
 * null when the turn was over before.
 */
export function createPass(context: PassContext) {
  const { deps, run, open, window, turn, signal, progress, deletes, overlapUntil } = context
  const { db } = deps
  const { precisionMs } = open.connector.clock(open.config)
  const checkFilter = createFilterCheck(context)
  const mapping = {
    digest: digestMapping(deps.mappingCode, open.connector, open.config, run.entity),
    canWait: run.mode === 'FULL_RESYNC',
    packer: createRowPacker(),
  }
  let progressAt = run.progressAt?.getTime() ?? 0

  return { readPass }

  async function readPass(pass: ReadPass, from: Checkpoint): Promise<Checkpoint | null> {
    const stop = new AbortController()
    const reading = AbortSignal.any([signal, stop.signal])
    setMaxListeners(0, reading) // every request of every chain listens
    const since = pass === 'changed' ? floorTo(window.end, precisionMs) : window.start
    const pages = pass === 'windows' ? windowPages(from, reading) : pagesInOneGo(pass, from, since, reading)
    let at = from
    let committing: Promise<unknown> = Promise.resolve()
    try {
      for await (const batch of batches(pages, batchLimits, mapping)) {
        signal.throwIfAborted()
        await committing
        await checkFilter(batch.rows, since)
        at = { ...at, ...batch.place }
        committing = commit(pass, batch, at)
        committing.catch(() => {}) // thrown where it is awaited
        if (batch.last) break
        // a page that is larger than a batch is read to its end: the next call would begin it anew
        if (batch.pages > 0 && turn.isOver()) {
          await committing
          return null
        }
      }
      await committing
      return at
    } catch (error) {
      await committing
      // a source that takes fewer requests at once than there are chains would refuse the first page of every attempt
      if (at.windows && at.windows.chains > 1 && error instanceof RateLimited) {
        at = { ...at, windows: { ...at.windows, chains: 1 } }
        const checkpoint = at
        await open.keepUsage((usage) => keepCheckpoint(db, run, { checkpoint, usage, advanced: false }))
      }
      throw error
    } finally {
      stop.abort(new Error('the pass has ended'))
      // a batch under way is not left to commit behind the back of whoever handles the failure
      await committing.catch(() => {})
    }
  }

  async function* pagesInOneGo(
    pass: ReadPass,
    from: Checkpoint,
    since: Date | null,
    reading: AbortSignal,
  ): AsyncGenerator<PlacedPage> {
    const until = pass === 'changed' && from.changedUntil ? new Date(from.changedUntil) : window.end
    // what was stamped before the clock was set back lies beyond the end and is no news that keeps coming
    const end = surelyAfter(new Date(until.getTime() + window.clockSetBackMs), precisionMs)
    // nobody can be asked about what is not seen: a record that moves ahead of the reader again and again is to be met in the end
    const missedIsGone = pass === 'changed' && !open.source.existing
    const stampedFrom = pass === 'read' && from.stampedFrom ? new Date(from.stampedFrom) : null
    const pages = open.source.read(run.entity, { since, stampedFrom, after: from.after, signal: reading })
    for await (const page of prefetch(pages, pagesAhead)) {
      yield {
        page,
        place: { after: page.cursor },
        // only where pages come in the order of their stamps does a page beyond the end say that nothing more is due
        isLast: (earliest) =>
          earliest !== null && earliest > end && open.source.readsByKey(run.entity) && !missedIsGone,
      }
    }
  }

  function windowPages(from: Checkpoint, reading: AbortSignal): AsyncIterable<PlacedPage> {
    const { source } = open
    if (!from.windows || !source.readWindow) throw new WindowRefused('The source is no longer read by windows.')
    const read = source.readWindow.bind(source, run.entity)
    return readWindows(from.windows, precisionMs, (asked) => read({ ...asked, signal: reading }))
  }

  async function commit(pass: ReadPass, prepared: PreparedBatch, at: Checkpoint) {
    const now = progress.now()
    const due = now - progressAt >= progressMs
    if (due) progressAt = now
    const mapped = await mapChanged(db, run, prepared)
    const batch = {
      ...mapped,
      checkpoint: at,
      maxStamp: latest([...mapped.rows, ...mapped.unchanged]),
      estimatedTotal: window.estimatedTotal,
      pages: prepared.pages,
      overlapUntil: pass === 'read' ? overlapUntil : null,
      seen: deletes ? { pass: passNumbers[pass], hashes: hashesOf(prepared) } : null,
      progress: due,
    } satisfies Omit<Batch, 'usage'>
    await open.keepUsage((usage) => commitBatch(db, run, { ...batch, usage }))
    mapping.packer.giveBack(mapped.rows)
    // parts of a page larger than a batch carry no new place: repeating them is no progress
    if (prepared.place !== null) progress.advanced = true
  }
}

function latest(rows: readonly ArrivedRow[]): Date | null {
  let latest: Date | null = null
  for (const row of rows) {
    const stamp = stampOf(row)
    if (stamp && (latest === null || stamp > latest)) latest = stamp
  }
  return latest
}

/** A rejected record is there at the source: it must not look deleted. */
function hashesOf({ rows, rejected }: PreparedBatch): Buffer {
  const ids = [...rows, ...rejected]
  const hashes = Buffer.allocUnsafe(ids.length * 8)
  ids.forEach(({ externalId }, i) => idHash(externalId).copy(hashes, i * 8))
  return hashes
}

/** 8 bytes that stand for an external id. A collision can only spare a record from deletion. */
export function idHash(externalId: string): Buffer {
  return hash('sha1', externalId, 'buffer').subarray(0, 8)
}
