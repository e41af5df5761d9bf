import type { Page } from '../connectors/contract.ts'
import type { PackedRow, RowPacker } from '../store/packed-row.ts'
import type { Rejection } from '../store/rejected-record.ts'
import type { Place } from './checkpoint.ts'
import { createSlice } from './mapping-slice.ts'
import { prepareRecord, prepareUnmapped, type UnmappedRow } from './prepare-record.ts'
import { standingRejections } from './standing-rejections.ts'

export interface PlacedPage {
  page: Page
  /** Where reading stands when the page is committed. */
  place: Place
  /** Given the page's earliest stamp (null: one of its records has none), whether nothing that is due comes after it. */
  isLast(earliest: Date | null): boolean
}

export interface PreparedBatch {
  rows: (PackedRow | UnmappedRow)[]
  rejected: Rejection[]
  /** Behind the last page that has come whole; null: none has. */
  place: Place | null
  /** Source pages that end in it. */
  pages: number
  /** Nothing that is due comes after it. */
  last: boolean
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
 * is larger than a batch; then the parts before the last carry no new place, and a crash reads the page again.
 */
export async function* batches(
  pages: AsyncIterable<PlacedPage>,
  limits: BatchLimits,
  mapping: PassMapping,
): AsyncGenerator<PreparedBatch> {
  const iterator = pages[Symbol.asyncIterator]()
  let place: Place | null = null
  let batch = empty(place)
  let bytes = 0
  let since = 0
  try {
    for (let next = iterator.next(); ; ) {
      if (size(batch) > 0 && (await isLate(next, since + limits.waitMs - performance.now()))) {
        yield batch
        batch = empty(place)
        bytes = 0
      }
      let page: IteratorResult<PlacedPage>
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
      const prepared = await preparePage(page.value.page, mapping)
      const last = page.value.isLast(prepared.earliest)
      if (size(batch) > 0 && (size(batch) + size(prepared) > limits.rows || bytes + prepared.bytes > limits.bytes)) {
        yield batch
        batch = empty(place)
        bytes = 0
      }
      if (size(batch) === 0) since = performance.now()
      for (const part of parts(prepared, limits)) {
        if (part.last) {
          if (batch.rejected.length > 0) prepared.rows.forEach(standingRejections(batch.rejected).arrived)
          batch.rows = batch.rows.concat(part.rows)
          batch.rejected = batch.rejected.concat(prepared.rejected)
        } else {
          yield { ...empty(place), rows: part.rows }
        }
      }
      bytes += prepared.bytes
      place = page.value.place
      batch.place = place
      batch.pages += 1
      batch.last = last
      if (last) break
    }
    if (size(batch) > 0) yield batch
  } finally {
    void iterator.return?.()?.catch(() => {})
  }
}

const empty = (place: Place | null): PreparedBatch => ({ rows: [], rejected: [], place, pages: 0, last: false })

const size = (part: { rows: unknown[]; rejected: unknown[] }) => part.rows.length + part.rejected.length

const recordsBetweenLooks = 16

async function preparePage(page: Page, mapping: PassMapping) {
  const rows: PreparedBatch['rows'] = []
  const rejected: Rejection[] = []
  const standing = standingRejections()
  const slice = createSlice()
  let bytes = 0
  let earliest: Date | null = null
  let stamped = true
  let count = 0
  for (const record of mapping.canWait && page.unmapped ? page.unmapped() : page.records()) {
    if (++count % recordsBetweenLooks === 0 && slice.isOver()) await slice.giveWay()
    const prepared = 'map' in record ? prepareUnmapped(record, mapping.digest) : prepareRecord(record, mapping.digest)
    if ('rejection' in prepared) {
      rejected.push(prepared.rejection)
      standing.rejected(prepared.rejection)
      continue
    }
    const { row } = prepared
    rows.push('map' in row ? row : mapping.packer.pack(row))
    standing.arrived(row)
    bytes += 'map' in row ? row.length : row.data.length + row.raw.length
    // pages come in the order of modified stamps: those of records without one, told by created, are no sign of the end
    const stamp = row.sourceUpdatedAt
    if (stamp === null) stamped = false
    else if (earliest === null || stamp < earliest) earliest = stamp
  }
  return { rows, rejected, bytes, earliest: stamped ? earliest : null }
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
