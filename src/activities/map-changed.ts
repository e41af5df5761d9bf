import { entityCodes } from '../model/entity-type.ts'
import type { Database } from '../store/database.ts'
import type { Writer } from '../store/record-batch.ts'
import type { PackedRow } from '../store/packed-row.ts'
import { isSameReading } from '../store/record-hash.ts'
import { storedHashes } from '../store/record-hashes.ts'
import type { ArrivedRow, RecordRow } from '../store/record-row.ts'
import type { Rejection } from '../store/rejected-record.ts'
import { createSlice } from './mapping-slice.ts'
import type { UnmappedRow } from './prepare-record.ts'
import { standingRejections } from './standing-rejections.ts'

export interface MappedBatch {
  rows: (RecordRow | PackedRow)[]
  unchanged: ArrivedRow[]
  rejected: Rejection[]
}

/**
 * Maps those rows of a batch that are not stored as they came. To be called when the batch before is committed, as what
 * it wrote may come again.
 */
export async function mapChanged(
  db: Database,
  writer: Writer,
  batch: { rows: readonly (PackedRow | UnmappedRow)[]; rejected: readonly Rejection[] },
): Promise<MappedBatch> {
  const mapped: MappedBatch = { rows: [], unchanged: [], rejected: [...batch.rejected] }
  const unmapped = batch.rows.filter((row) => 'map' in row).map((row) => row.externalId)
  if (unmapped.length === 0) return { ...mapped, rows: batch.rows as PackedRow[] } // none of them waits
  const stored = await storedHashes(db.pool, writer.connectionKey, entityCodes[writer.entity], unmapped)
  const repeated = repeatedKeys(batch.rows)
  const standing = standingRejections()
  const slice = createSlice()
  for (const row of batch.rows) {
    if (!('map' in row)) {
      standing.arrived(row)
      mapped.rows.push(row)
      continue
    }
    const known = stored.get(row.externalId)
    // of several of one record the last counts, which may be the one that is stored
    if (known && !known.deleted && isSameReading(known.hash, row.reading) && !repeated.has(row.externalId)) {
      mapped.unchanged.push(row)
      continue
    }
    const prepared = row.map()
    if ('row' in prepared) {
      standing.arrived(row)
      mapped.rows.push(prepared.row)
    } else {
      mapped.rejected.push(prepared.rejection)
      standing.rejected(prepared.rejection)
    }
    if (slice.isOver()) await slice.giveWay()
  }
  return mapped
}

function repeatedKeys(rows: readonly ArrivedRow[]): Set<string> {
  const once = new Set<string>()
  const repeated = new Set<string>()
  for (const { externalId } of rows) {
    if (once.has(externalId)) repeated.add(externalId)
    else once.add(externalId)
  }
  return repeated
}
