import { setImmediate as letOthersGo } from 'node:timers/promises'
import type { Page } from '../connectors/contract.ts'
import type { PackedRow, RowPacker } from '../store/packed-row.ts'
import type { Rejection } from '../store/rejected-record.ts'
import { prepareRecord, prepareUnmapped, type UnmappedRow } from './prepare-record.ts'

export interface PreparedBatch {
  rows: (PackedRow | UnmappedRow)[]
  rejected: Rejection[]
  /** Behind the last page that is in the batch whole; null: not even the first is. */
  cursor: string | null
  /** Source pages that end in it. */
  pages: number
  /** Every record of its last page is stamped later than `until`: nothing that the run has to read comes after it. */
  beyond: boolean
}

export interface BatchLimits {
  rows: number
  bytes: number
  waitMs: number
}

export interface PassMapping {
  /** Of what decides it: see mapping-digest.ts. */
  digest: string
  /** Most records are expected to be stored as they come: their mapping waits until one is known not to be. */
  canWait: boolean
  /** Takes rows that are mapped: they wait for their commit outside the heap. */
  packer: RowPacker
}

export const batchLimits: BatchLimits = { rows: 5_000, bytes: 8 * 1024 * 1024, waitMs: 1_000 }

/**
 * Gathers pages into batches of at most so many rows or bytes, or what has come within a second. A page is not torn unless it
 * is larger than a batch; then the parts before the last carry no new cursor, and a crash reads the page again.
 */
export async function* batches(
  pages: AsyncIterable<Page>,
  /** Where the pages start behind: what a batch without a whole page goes on from. */
  from: string | null,
  until: () => Date | null,
  limits: BatchLimits,
  mapping: PassMapping,
): AsyncGenerator<PreparedBatch> {
  const iterator = pages[Symbol.asyncIterator]()
  let cursor = from
  let batch = empty(cursor)
  let bytes = 0
  let since = 0
  try {
    for (let next = iterator.next(); ; ) {
      if (size(batch) > 0 && (await isLate(next, since + limits.waitMs - performance.now()))) {
        yield batch
        batch = empty(cursor)
        bytes = 0
      }
      let page: IteratorResult<Page>
      try {
        page = await next
      } catch (error) {
        // what has come is kept: a source that fails again and again would otherwise never get further
        if (size(batch) > 0) yield batch
        throw error
      }
      if (page.done) break
      next = iterator.next()
      next.catch(() => {}) // thrown where it is awaited
      const prepared = await preparePage(page.value, until(), mapping)
      if (size(batch) > 0 && (size(batch) + size(prepared) > limits.rows || bytes + prepared.bytes > limits.bytes)) {
        yield batch
        batch = empty(cursor)
        bytes = 0
      }
      if (size(batch) === 0) since = performance.now()
      for (const part of parts(prepared, limits)) {
        if (part.last) {
          batch.rows = batch.rows.concat(part.rows)
          batch.rejected = batch.rejected.concat(prepared.rejected)
        } else {
          yield { ...empty(cursor), rows: part.rows }
        }
      }
      bytes += prepared.bytes
      cursor = page.value.cursor
      batch.cursor = cursor
      batch.pages += 1
      batch.beyond = prepared.beyond
      if (prepared.beyond) break
    }
    if (size(batch) > 0) yield batch
  } finally {
    void iterator.return?.()?.catch(() => {})
  }
}

const empty = (cursor: string | null): PreparedBatch => ({
  rows: [],
  rejected: [],
  cursor,
  pages: 0,
  beyond: false,
})

const size = (part: { rows: unknown[]; rejected: unknown[] }) => part.rows.length + part.rejected.length

/** How long mapping keeps the event loop for itself: other connections' pages and every heartbeat go through between. */
const sliceMs = 5
const recordsBetweenLooks = 16

async function preparePage(page: Page, until: Date | null, mapping: PassMapping) {
  const rows: PreparedBatch['rows'] = []
  const rejected: Rejection[] = []
  let bytes = 0
  let beyond = until !== null
  let sliceEnds = performance.now() + sliceMs
  let count = 0
  for (const record of mapping.canWait && page.unmapped ? page.unmapped() : page.records()) {
    if (++count % recordsBetweenLooks === 0 && performance.now() > sliceEnds) {
      await letOthersGo()
      sliceEnds = performance.now() + sliceMs
    }
    const prepared = 'map' in record ? prepareUnmapped(record, mapping.digest) : prepareRecord(record, mapping.digest)
    if ('rejection' in prepared) {
      rejected.push(prepared.rejection)
      continue
    }
    const { row } = prepared
    rows.push('map' in row ? row : mapping.packer.pack(row))
    bytes += 'map' in row ? row.length : row.data.length + row.raw.length
    // pages come in the order of modified stamps: those of records without one, told by created, are no sign of the end
    const stamp = row.sourceUpdatedAt
    if (until === null || stamp === null || stamp <= until) beyond = false
  }
  return { rows, rejected, bytes, beyond: beyond && rows.length > 0 }
}

function* parts({ rows, bytes }: { rows: PreparedBatch['rows']; bytes: number }, limits: BatchLimits) {
  const count = Math.max(1, Math.ceil(rows.length / limits.rows), Math.ceil(bytes / limits.bytes))
  const length = Math.ceil(rows.length / count)
  for (let i = 0; i < count; i++) {
    yield { rows: rows.slice(i * length, (i + 1) * length), last: i === count - 1 }
  }
}

async function isLate(next: Promise<unknown>, waitMs: number): Promise<boolean> {
  const settled = next.then(
    () => false,
    () => false, // told where it is awaited
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, waitMs), true)
  })
  try {
    return await Promise.race([settled, late])
  } finally {
    clearTimeout(timer)
  }
}
