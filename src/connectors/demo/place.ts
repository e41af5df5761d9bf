import type { SourceRecord, UnmappedRecord } from '../contract.ts'
import { LONGEST_KEY, stamp } from './record.ts'

/**
 * What tells a record's place, read without parsing it; undefined where that takes parsing. Member names are found by
 * their text: inside a string each quote is escaped, so that an unescaped quote in front of a name, and a quote and
 * a colon behind it, are a member's. One that occurs twice may be a part's, and one with a \u may be spelled otherwise.
 */
export function placeOf(raw: string, keyName: string, map: (raw: string) => SourceRecord): UnmappedRecord | undefined {
  if (raw.includes('\\u')) return undefined
  const externalId = member(raw, keyName)
  const sourceCreatedAt = stamp(member(raw, 'created_at'))
  const sourceUpdatedAt = stamp(member(raw, 'modified_at'))
  if (!externalId || externalId.length > LONGEST_KEY || sourceCreatedAt === undefined || !sourceUpdatedAt)
    return undefined
  return { raw, externalId, sourceCreatedAt, sourceUpdatedAt, map: () => map(raw) }
}

/** The text or null that stands under the name; undefined for anything else, and where it is not sure. */
function member(raw: string, name: string): string | null | undefined {
  const start = `"${name}":`
  const at = raw.indexOf(start)
  if (at < 1 || (raw[at - 1] !== '{' && raw[at - 1] !== ',') || raw.indexOf(start, at + 1) !== -1) return undefined
  const from = at + start.length
  if (raw.startsWith('null', from)) return null
  if (raw[from] !== '"') return undefined
  const text = raw.slice(from + 1, raw.indexOf('"', from + 1))
  return text.includes('\\') ? undefined : text
}
