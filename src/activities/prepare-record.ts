import { hash } from 'node:crypto'
import type { SourceRecord, UnmappedRecord } from '../connectors/contract.ts'
import type { MappedRecord } from '../model/record.ts'
import { readingOf, recordHash } from '../store/record-hash.ts'
import type { ArrivedRow, RecordRow } from '../store/record-row.ts'
import type { Rejection } from '../store/rejected-record.ts'
import { isStorable } from '../store/storable-text.ts'

export type Prepared = { row: RecordRow } | { rejection: Rejection }

/** A record that may be stored as it came; map() is called where it is not. */
export interface UnmappedRow extends ArrivedRow {
  /** What its stored hash begins with if it is. */
  reading: string
  /** Characters as received. */
  length: number
  map(): Prepared
}

/** The place of a record whose mapping can wait; where the place is not one that a row may have, its mapping tells why. */
export function prepareUnmapped(source: UnmappedRecord, mapping: string): { row: UnmappedRow } | Prepared {
  const { raw, externalId, sourceCreatedAt, sourceUpdatedAt } = source
  const rawDigest = digest(raw)
  const map = () => prepareRecord(source.map(), mapping, rawDigest)
  if (!isStorable(externalId) || unfitReason(source, externalId, null)) return map()
  const reading = readingOf(mapping, rawDigest)
  return { row: { externalId, sourceCreatedAt, sourceUpdatedAt, reading, length: raw.length, map } }
}

/** A mapped record as the table takes it, or why it is rejected. `mapping` stands for what mapped it: see mapping-digest.ts. */
export function prepareRecord(source: SourceRecord, mapping: string, rawDigest?: string): Prepared {
  if ('rejected' in source) {
    // a record without a key is told apart from others by its content
    const externalId = source.externalId === null ? digestId(source.raw) : rejectedId(storable(source.externalId))
    return {
      rejection: { externalId, reason: storable(source.rejected), raw: storable(source.raw) },
    }
  }
  const { record, raw, stableRaw } = source
  const { externalId } = record
  if (!isStorable(externalId)) {
    const reason = 'the key holds a NUL character or half a surrogate pair'
    return { rejection: { externalId: storable(externalId), reason, raw: storable(raw) } }
  }
  const number = textOf(record.fields['number'])
  const unfit = unfitReason(record, externalId, number)
  if (unfit) return { rejection: { externalId: rejectedId(externalId), reason: unfit, raw: storable(raw) } }
  const data = storableJson(jsonOf(record))
  const received = rawDigest ?? digest(raw)
  // the mapping keeps its fields in one order, so the text is the same where the values are
  const content = digest(data + (stableRaw === undefined ? received : digest(stableRaw)))
  return {
    row: {
      externalId,
      hash: recordHash(mapping, received, content),
      number,
      status: textOf(record.fields['status']),
      sourceCreatedAt: record.sourceCreatedAt ?? null,
      sourceUpdatedAt: record.sourceUpdatedAt ?? null,
      data,
      raw: storable(raw),
    },
  }
}

const digest = (text: string) => hash('sha256', text, 'hex')
const digestId = (text: string) => `?${digest(text).slice(0, 32)}`

/** Bytes of a key, and of a number: both together are a row of an index, which takes about 2,700. */
const longestKey = 1_000
const firstStamp = Date.parse('0001-01-01T00:00:00Z')
const lastStamp = Date.parse('9999-12-31T23:59:59.999Z')

/** Why the table cannot take a record that is otherwise well; null when it can. */
function unfitReason(
  record: Pick<MappedRecord, 'sourceCreatedAt' | 'sourceUpdatedAt'>,
  externalId: string,
  number: string | null,
): string | null {
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
  Buffer.byteLength(externalId) > longestKey ? digestId(externalId) : externalId

/** The fields' JSON, and of the envelope what has no column, under "$". */
function jsonOf({ fields, externalKey, sourceVersion, sourceUrl, customFields }: MappedRecord): string {
  const json = JSON.stringify(fields)
  if (!externalKey && !sourceVersion && !sourceUrl && !customFields) return json
  const envelope = JSON.stringify({ externalKey, sourceVersion, sourceUrl, customFields })
  // joined as text: copying the fields into an object with one more took longer than writing them
  return json === '{}' ? `{"$":${envelope}}` : `${json.slice(0, -1)},"$":${envelope}}`
}

/** PostgreSQL's text holds neither NUL nor half a surrogate pair: the replacement character stands for them. */
function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd')
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
