import type { PackedRow } from './packed-row.ts'
import type { RecordRow } from './record-row.ts'

export const recordColumns =
  'connection_key, entity, external_id, change_seq, created_seq, content_hash, number, status, ' +
  'source_created_at, source_updated_at, first_seen_at, updated_at, data, raw'

const columnCount = 14
const chunkBytes = 512 * 1024
const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const epoch2000Ms = Date.UTC(2000, 0, 1)

export interface CopyContext {
  connectionKey: number
  entity: number
  /** Change sequence of the first row; the others follow. */
  firstSeq: bigint
  now: Date
}

/**
 * Rows in PostgreSQL's binary COPY format (no text to escape here or to parse there), in chunks, so that the server writes
 * while the next are encoded.
 */
export function* encodeRecords(rows: readonly (RecordRow | PackedRow)[], context: CopyContext): Generator<Buffer> {
  let buffer = Buffer.allocUnsafe(chunkBytes)
  let at = signature.copy(buffer)
  const now = microseconds(context.now)
  let seq = context.firstSeq

  const int16 = (value: number) => {
    at = buffer.writeInt16BE(value, at)
  }
  const int32 = (value: number) => {
    at = buffer.writeInt32BE(value, at)
  }
  const int64 = (value: bigint) => {
    int32(8)
    at = buffer.writeBigInt64BE(value, at)
  }
  const text = (value: string | null) => {
    if (value === null) return int32(-1)
    const written = buffer.write(value, at + 4)
    buffer.writeInt32BE(written, at)
    at += 4 + written
  }
  const time = (value: Date | null) => (value === null ? int32(-1) : int64(microseconds(value)))

  for (const row of rows) {
    // three bytes a UTF-16 unit is the most that UTF-8 takes
    const most =
      256 +
      3 * (row.externalId.length + (row.number?.length ?? 0) + (row.status?.length ?? 0)) +
      ('chunk' in row ? row.end - row.start : 3 * (row.data.length + row.raw.length))
    if (at + most > buffer.length) {
      yield buffer.subarray(0, at)
      buffer = Buffer.allocUnsafe(Math.max(chunkBytes, most))
      at = 0
    }
    int16(columnCount)
    int32(4)
    int32(context.connectionKey)
    int32(2)
    int16(context.entity)
    text(row.externalId)
    int64(seq)
    int64(seq)
    int32(row.hash.length / 2)
    at += buffer.write(row.hash, at, 'hex')
    text(row.number)
    text(row.status)
    time(row.sourceCreatedAt)
    time(row.sourceUpdatedAt)
    int64(now)
    int64(now)
    if (!('chunk' in row)) {
      text(row.data)
      text(row.raw)
    } else if (row.chunk) at += row.chunk.bytes.copy(buffer, at, row.start, row.end)
    else throw new Error('A row was given back before it was written.')
    seq += 1n
  }
  if (at + 2 > buffer.length) {
    yield buffer.subarray(0, at)
    buffer = Buffer.allocUnsafe(2)
    at = 0
  }
  int16(-1)
  yield buffer.subarray(0, at)
}

function microseconds(date: Date): bigint {
  return BigInt(date.getTime() - epoch2000Ms) * 1000n
}
