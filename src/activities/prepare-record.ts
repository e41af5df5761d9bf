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
    const externalId = source.externalId === null ? digest(source.raw) : rejectedId(storable(source.externalId))
    return {
      rejection: { externalId, reason: storable(source.rejected), raw: storable(source.raw) },
    }
  }
  const { record, raw, stableRaw } = source
  const externalId = storable(record.externalId)
  if (externalId !== record.externalId) {
    return {
      rejection: { externalId, reason: 'the key holds a NUL character or half a surrogate pair', raw: storable(raw) },
    }
  }
  const number = textOf(record.fields['number'])
  const unfit = unfitReason(record, externalId, number)
  if (unfit) return { rejection: { externalId: rejectedId(externalId), reason: unfit, raw: storable(raw) } }
  const data = storableJson(JSON.stringify(withEnvelope(record)))
  return {
    row: {
      externalId,
      // the mapping keeps its fields in one order, so the text is the same where the values are
      hash: hash('sha256', data + (stableRaw ?? raw), 'hex').slice(0, hashHexLength),
      number,
      status: textOf(record.fields['status']),
      sourceCreatedAt: record.sourceCreatedAt ?? null,
      sourceUpdatedAt: record.sourceUpdatedAt ?? null,
      data,
      raw: storable(raw),
    },
  }
}

const digest = (text: string) => `?${hash('sha256', text, 'hex').slice(0, hashHexLength)}`

/** Bytes of a key, and of a number: both together are a row of an index, which takes about 2,700. */
const longestKey = 1_000
const firstStamp = Date.parse('0001-01-01T00:00:00Z')
const lastStamp = Date.parse('9999-12-31T23:59:59.999Z')

/** Why the table cannot take a record that is otherwise well; null when it can. */
function unfitReason(record: MappedRecord, externalId: string, number: string | null): string | null {
  if (Buffer.byteLength(externalId) > longestKey) return `the key is longer than ${longestKey} bytes`
  if (number !== null && Buffer.byteLength(number) > longestKey) return `number is longer than ${longestKey} bytes`
  const { sourceCreatedAt, sourceUpdatedAt } = record
  if (isOutOfRange(sourceCreatedAt) || isOutOfRange(sourceUpdatedAt))
    return 'a time stamp is not within the years 1 to 9999'
  return null
}

function isOutOfRange(stamp: Date | null | undefined): boolean {
  return stamp instanceof Date && !(stamp.getTime() >= firstStamp && stamp.getTime() <= lastStamp)
}

/** The key that a rejection is listed under: one that is too long for it is told by its digest. */
const rejectedId = (externalId: string) =>
  Buffer.byteLength(externalId) > longestKey ? digest(externalId) : externalId

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
