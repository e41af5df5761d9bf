import { hash } from 'node:crypto'
import type { Batch } from '../../src/store/record-batch.ts'
import type { RecordRow } from '../../src/store/record-row.ts'

/** A prepared row: its fields are its data, its hash follows from them, number and status from the fields of that name. */
export function sampleRow(
  externalId: string,
  fields: Record<string, unknown> = {},
  rest: Partial<RecordRow> = {},
): RecordRow {
  const data = JSON.stringify(fields)
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    externalId,
    hash: hash('sha256', data + externalId, 'hex').slice(0, 32),
    number: textOf(fields['number']),
    status: textOf(fields['status']),
    sourceCreatedAt: null,
    sourceUpdatedAt: null,
    data,
    raw: data,
    ...rest,
  }
}

export function sampleBatch(rows: readonly RecordRow[], rest: Partial<Batch> = {}): Batch {
  return {
    rows,
    rejected: [],
    checkpoint: { after: rows.at(-1)?.externalId ?? null },
    maxStamp: null,
    estimatedTotal: null,
    usage: { requests: 1, bytes: 100 },
    seen: null,
    progress: false,
    ...rest,
  }
}

/** Rows whose keys share a prefix, numbered from 0. */
export const sampleRows = (count: number, prefix = 'P', fields: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, i) =>
    sampleRow(`${prefix}-${String(i).padStart(6, '0')}`, { number: `${prefix}${i}`, ...fields }),
  )
