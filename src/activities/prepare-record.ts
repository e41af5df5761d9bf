import { hash } from 'node:crypto'
import type { SourceRecord } from '../connectors/contract.ts'
import type { MappedRecord } from '../model/record.ts'
import type { RecordRow } from '../store/record-row.ts'
import type { Rejection } from '../store/rejected-record.ts'

const hashHexLength = 32 // 16 bytes

/** A mapped record as the table takes it, or why it is rejected. */
export function prepareRecord(source: SourceRecord): { row: RecordRow } | { rejection: Rejection } {
  if ('rejected' in source) {
    // a record without a key is told apart from others by its content
    const externalId = source.externalId ?? `?${hash('sha256', source.raw, 'hex').slice(0, hashHexLength)}`
    return { rejection: { externalId, reason: source.rejected, raw: source.raw } }
  }
  const { record, raw, stableRaw } = source
  if (record.externalId.includes('\0')) {
    return { rejection: { externalId: record.externalId.replaceAll('\0', ''), reason: 'the key holds a NUL character', raw } }
  }
  const data = withoutNul(JSON.stringify(withEnvelope(record)))
  return {
    row: {
      externalId: record.externalId,
      // the mapping keeps its fields in one order, so the text is the same where the values are
      hash: hash('sha256', data + (stableRaw ?? raw), 'hex').slice(0, hashHexLength),
      number: textOf(record.fields['number']),
      status: textOf(record.fields['status']),
      sourceCreatedAt: record.sourceCreatedAt ?? null,
      sourceUpdatedAt: record.sourceUpdatedAt ?? null,
      data,
      raw,
    },
  }
}

function withEnvelope({ fields, externalKey, sourceVersion, sourceUrl, customFields }: MappedRecord): Record<string, unknown> {
  if (!externalKey && !sourceVersion && !sourceUrl && !customFields) return fields
  return { ...fields, $: { externalKey, sourceVersion, sourceUrl, customFields } }
}

/** PostgreSQL's text holds no NUL: the replacement character stands for it. */
function withoutNul(json: string): string {
  return json.includes('\\u0000') ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd') : json
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : null
}
