import type { ArrivedRow, RecordRow } from './record-row.ts'

/**
 * A record's row whose two long texts are out of the heap already, in the bytes that COPY takes. A batch of them lives
 * long enough for the garbage collector to carry every text around twice; bytes of memory that is used again cost it nothing.
 */
export interface PackedRow extends ArrivedRow {
  hash: string
  number: string | null
  status: string | null
  /** data and raw, each with its length before it. Undefined when it has been given back. */
  chunk: Chunk | undefined
  start: number
  end: number
}

interface Chunk {
  readonly bytes: Buffer
  /** Rows that lie in it. */
  rows: number
}

const chunkBytes = 1024 * 1024

export interface RowPacker {
  pack(row: RecordRow): PackedRow
  /** To be called when the rows are committed: their memory is used again. Rows that are never given back are left to the collector. */
  giveBack(rows: readonly (RecordRow | PackedRow)[]): void
}

export function createRowPacker(): RowPacker {
  const free: Chunk[] = []
  let chunk = newChunk(chunkBytes)
  let at = 0

  return {
    pack({ externalId, sourceCreatedAt, sourceUpdatedAt, hash, number, status, data, raw }) {
      // three bytes a UTF-16 unit is the most that UTF-8 takes
      const most = 8 + 3 * (data.length + raw.length)
      if (at + most > chunk.bytes.length) {
        chunk = (most <= chunkBytes ? free.pop() : undefined) ?? newChunk(Math.max(most, chunkBytes))
        at = 0
      }
      const start = at
      for (const text of [data, raw]) {
        const written = chunk.bytes.write(text, at + 4)
        chunk.bytes.writeInt32BE(written, at)
        at += 4 + written
      }
      chunk.rows += 1
      return { externalId, sourceCreatedAt, sourceUpdatedAt, hash, number, status, chunk, start, end: at }
    },
    giveBack(rows) {
      for (const row of rows) {
        if (!('chunk' in row) || !row.chunk) continue
        row.chunk.rows -= 1
        if (row.chunk.rows === 0) {
          if (row.chunk === chunk) at = 0
          // what a single large record took is not kept
          else if (row.chunk.bytes.length === chunkBytes) free.push(row.chunk)
        }
        row.chunk = undefined
      }
    },
  }
}

const newChunk = (bytes: number): Chunk => ({ bytes: Buffer.allocUnsafeSlow(bytes), rows: 0 })
