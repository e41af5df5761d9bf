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
    return {
      rejection: { externalId: storable(externalId), reason: storable(source.rejected), raw: storable(source.raw) },
    }
  }
  const { record, raw, stableRaw } = source
  const externalId = storable(record.externalId)
  if (externalId !== record.externalId) {
    return {
      rejection: { externalId, reason: 'the key holds a NUL character or half a surrogate pair', raw: storable(raw) },
    }
  }
  const data = storableJson(JSON.stringify(withEnvelope(record)))
  return {
    row: {
      externalId,
      // the mapping keeps its fields in one order, so the text is the same where the values are
      hash: hash('sha256', data + (stableRaw ?? raw), 'hex').slice(0, hashHexLength),
      number: textOf(record.fields['number']),
      status: textOf(record.fields['status']),
      sourceCreatedAt: record.sourceCreatedAt ?? null,
      sourceUpdatedAt: record.sourceUpdatedAt ?? null,
      data,
      raw: storable(raw),
    },
  }
}

function withEnvelope({
  fields,
  externalKey,
  sourceVersion,
  sourceUrl,
  customFields,
}: MappedRecord): Record<string, unknown> {
  if (!externalKey && !sourceVersion && !sourceUrl && !customFields) return fields
  return { ...fields, $: { externalKey, sourceVersion, sourceUrl, customFields } }
}

/** PostgreSQL's text holds neither NUL nor half a surrogate pair: the replacement character stands for them. */
function storable(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd')
}

/** The same for JSON text, in which both are escapes. */
function storableJson(json: string): string {
  return json.includes('\\u')
    ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\\ufffd')
    : json
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? storable(value) : null
}
