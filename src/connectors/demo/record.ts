import type { EntityDefinition } from '../../model/entity.ts'
import type { SourceRecord } from '../contract.ts'
import { isRow, type Mapping, type Row } from './mapping.ts'
import { toUtc } from './zone.ts'

export const LONGEST_KEY = 1_000

/** One line of a page, mapped and checked; or rejected, with the field that is to blame. */
export function toRecord(
  raw: string,
  mapping: Mapping,
  entity: EntityDefinition,
  /** The zone of stamps that come without an offset; null: such a record is rejected. */
  utcOffset: string | null = null,
): SourceRecord {
  const row = parse(utcOffset === null ? raw : toUtc(raw, utcOffset))
  if (row === null) return { raw, rejected: 'The record is not a JSON object.', externalId: null }
  const externalId = row[mapping.key]
  if (typeof externalId !== 'string' || externalId === '' || externalId.length > LONGEST_KEY) {
    return { raw, rejected: `${mapping.key} is not a key`, externalId: null }
  }
  const sourceCreatedAt = stamp(row['created_at'])
  if (sourceCreatedAt === undefined) return { raw, rejected: 'created_at is not a date and time', externalId }
  const sourceUpdatedAt = stamp(row['modified_at'])
  if (!sourceUpdatedAt) return { raw, rejected: 'modified_at is not a date and time', externalId }
  const fields = mapping.fields(row)
  const issue = entity.misfit(fields)
  if (issue) return { raw, rejected: `${issue.path.join('.')}: ${issue.message}`, externalId }
  return {
    raw,
    record: { externalId, sourceCreatedAt, sourceUpdatedAt, customFields: mapping.customFields(row), fields },
  }
}

/** Null: it cannot be read. The page around it is whole, as its end tells, and its other records stand. */
function parse(raw: string): Row | null {
  try {
    const value: unknown = JSON.parse(raw)
    return isRow(value) ? value : null
  } catch {
    return null
  }
}

/** Null stays null; undefined is what cannot be read. */
export function stamp(value: unknown): Date | null | undefined {
  if (value === null) return null
  const ms = typeof value === 'string' && value.endsWith('Z') ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : new Date(ms)
}
