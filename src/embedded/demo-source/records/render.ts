import type { SyncedEntity } from '../../../model/entities.ts'
import { Random } from '../random.ts'
import { DAY, type Facts, HOUR, padded, type RecordKind } from './record-kind.ts'
import { textOf } from './words.ts'

export interface Renderer {
  key(index: number): string
  /** The index that a key stands for; null for what was never a key. */
  index(key: string): number | null
  /** Every nth record is spoilt when `malformed` is n. */
  isMalformed(index: number, malformed: number): boolean
  /** The record's JSON, on one line. */
  record(given: {
    index: number
    revision: number
    lineRevision: number
    modified: number
    insertedAt: number | undefined
    malformed: number
  }): string
}

interface RenderOptions {
  seed: number
  /** Which collection's draws. */
  stream: number
  recordBytes: number
  counts: Readonly<Record<SyncedEntity, number>>
}

const DIGITS = 8
const SHORTEST_NOTE = 24
const NOTE_FRAME = ',"note":""'.length

export const keyOf = (kind: RecordKind, index: number) => kind.keyPrefix + padded(index, DIGITS)

export function createRenderer(
  kind: RecordKind,
  kinds: Readonly<Record<SyncedEntity, RecordKind>>,
  options: RenderOptions,
): Renderer {
  const { seed, stream, recordBytes, counts } = options
  const isMalformed = (index: number, malformed: number) => malformed > 0 && index % malformed === malformed - 1
  return {
    key: (index) => keyOf(kind, index),
    index(key) {
      const digits = key.startsWith(kind.keyPrefix) ? key.slice(kind.keyPrefix.length) : ''
      return /^\d{8,15}$/.test(digits) && keyOf(kind, Number(digits)) === key ? Number(digits) : null
    },
    isMalformed,
    record({ index, revision, lineRevision, modified, insertedAt, malformed }) {
      const draw = new Random(seed, stream, index)
      const facts: Facts = {
        key: keyOf(kind, index),
        index,
        revision,
        created: insertedAt ?? generatedAt(seed, stream, index, modified),
        modified,
        reference: (to) => (counts[to] === 0 ? null : keyOf(kinds[to], draw.below(counts[to]))),
      }
      const record = kind.build(draw, facts)
      if (lineRevision > 0) kind.changeLine?.(record, lineRevision)
      if (isMalformed(index, malformed)) {
        // one in two has a bad value, the other no key
        if (Math.floor(index / malformed) % 2 === 0) kind.spoil(record)
        else delete record[kind.keyField]
      }
      const text = JSON.stringify(record)
      const note = Math.max(SHORTEST_NOTE, recordBytes - text.length - NOTE_FRAME)
      return `${text.slice(0, -1)},"note":"${textOf(note, index * 7 + revision)}"}`
    },
  }
}

function generatedAt(seed: number, stream: number, index: number, modified: number): number {
  return modified - new Random(seed ^ 1, stream, index).between(1, 20 * (DAY / HOUR)) * HOUR
}
