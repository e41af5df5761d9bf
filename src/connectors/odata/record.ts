import { LosslessNumber } from 'lossless-json'
import type { MappedRecord } from '../../model/record.ts'
import type { SourceRecord, UnmappedRecord } from '../contract.ts'
import { SourceError } from '../errors.ts'
import { isObject, type JsonObject, parseJson } from '../json-pages.ts'
import type { Column, EntityPlan } from './plan.ts'
import { withoutEtags } from './stable-raw.ts'

/** A record's text and what it holds; null where it is no JSON object. */
export interface ReadRecord {
  readonly raw: string
  readonly object: JsonObject | null
}

export function readRecord(raw: string): ReadRecord {
  try {
    const value = parseJson(raw)
    return { raw, object: isObject(value) ? value : null }
  } catch (error) {
    if (error instanceof SourceError) return { raw, object: null }
    throw error
  }
}

/** The parts of the record's key as text; null where one is missing. */
export function keyOf(key: readonly Column[], object: JsonObject): string[] | null {
  const parts = key.map(({ read }) => keyText(read(object)))
  return parts.every((part) => part !== null && part !== '') ? (parts as string[]) : null // checked on this line
}

export function stampOf(column: Column | undefined, object: JsonObject): string | null {
  const value = column?.read(object)
  return typeof value === 'string' ? value : null
}

/** The external id of a key: its parts joined by "|". */
export const joinKey = (parts: readonly string[]) => parts.join('|')

export function toSourceRecord(plan: EntityPlan, { raw, object }: ReadRecord): SourceRecord {
  const stable = withoutEtags(raw)
  const texts = stable === undefined ? { raw } : { raw, stableRaw: stable }
  const key = object && keyOf(plan.key, object)
  if (!object || !key) {
    return { ...texts, rejected: object ? 'the record has no key' : 'the record is no JSON object', externalId: null }
  }
  const externalId = joinKey(key)
  if (externalId.length > 1_000)
    return { ...texts, rejected: 'the key is longer than 1000 characters', externalId: null }
  const paged = raw.includes('@odata.nextLink"') ? /"([^"\\]{1,100})@odata\.nextLink"\s*:/.exec(raw)?.[1] : undefined
  if (paged !== undefined) {
    return { ...texts, rejected: `${paged}: the service pages this expanded list, so it is not whole`, externalId }
  }
  const { updated, created } = stampsOf(plan, object)
  if (updated === 'invalid' || created === 'invalid') {
    const wrong = updated === 'invalid' ? plan.config.modified : plan.config.created
    return { ...texts, rejected: `${wrong}: is not a date and time`, externalId }
  }
  const mapped = plan.mapping.map(object)
  if ('rejected' in mapped) return { ...texts, rejected: mapped.rejected, externalId }
  const record: MappedRecord = { externalId, sourceUpdatedAt: updated, sourceCreatedAt: created, fields: mapped.fields }
  if (plan.key.length > 1) record.externalKey = externalKey(plan.key, object)
  const etag = object['@odata.etag']
  if (typeof etag === 'string' && etag.length <= 1_000) record.sourceVersion = etag
  return { ...texts, record }
}

/** The record's place alone; one that has none, or whose stamps are none, is mapped: that tells why it is rejected. */
export function toUnmappedRecord(plan: EntityPlan, read: ReadRecord): SourceRecord | UnmappedRecord {
  const { raw, object } = read
  const key = object && keyOf(plan.key, object)
  if (!object || !key) return toSourceRecord(plan, read)
  const { updated, created } = stampsOf(plan, object)
  if (updated === 'invalid' || created === 'invalid') return toSourceRecord(plan, read)
  return {
    raw,
    externalId: joinKey(key),
    sourceCreatedAt: created,
    sourceUpdatedAt: updated,
    // parsed again: what was parsed of a page would wait for its commit, and hardly any record is mapped
    map: () => toSourceRecord(plan, readRecord(raw)),
  }
}

const stampsOf = (plan: EntityPlan, object: JsonObject) => ({
  updated: date(plan.config.modified === undefined ? undefined : plan.stamp, object),
  created: date(plan.created, object),
})

function externalKey(key: readonly Column[], object: JsonObject): Record<string, string | number> {
  return Object.fromEntries(
    key.map(({ path, read }) => {
      const value = read(object)
      return [path, typeof value === 'number' ? value : (keyText(value) ?? '')]
    }),
  )
}

function date(column: Column | undefined, object: JsonObject): Date | null | 'invalid' {
  const value = column?.read(object)
  if (value === undefined || value === null) return null
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? 'invalid' : new Date(time)
}

function keyText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value instanceof LosslessNumber ? value.value : null
}
