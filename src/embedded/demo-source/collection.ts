import type { Stamps } from './stamps.ts'

/** Where a page begins: behind this record, or at the first record modified at or after `modified` (index -1). */
export interface Position {
  modified: number
  index: number
}

const BLOCK = 1_024

/**
 * The records of one entity in the order of (modified, index): first those still as generated, of which nothing is
 * stored, then those inserted or modified since. It relies on every change being stamped after every generated record.
 */
export class Collection {
  readonly #stamps: Stamps
  readonly #generated: number
  /** 1: the record is deleted, or has moved to the changed ones. */
  readonly #left: Uint8Array
  #leftCount = 0
  readonly #blocks: Uint32Array
  #version = 0
  readonly #changes = new Map<number, { modified: number; revision: number }>()
  #changed: number[] = []
  readonly #inserted: number[] = []
  /** How often the lines of a record were changed without a new stamp. */
  readonly #lineRevisions = new Map<number, number>()
  readonly #isHidden: (index: number) => boolean

  /** Hidden records are there, and in no list and no count. */
  constructor(stamps: Stamps, count: number, isHidden: (index: number) => boolean) {
    this.#stamps = stamps
    this.#isHidden = isHidden
    this.#generated = count
    this.#left = new Uint8Array(count)
    this.#blocks = new Uint32Array(Math.ceil(count / BLOCK))
  }

  get size(): number {
    return this.#generated - this.#leftCount + this.#changed.length
  }

  get version(): number {
    return this.#version
  }

  /** Whether a generated record in [from, to) has left since `version`. */
  hasChanged(from: number, to: number, version: number): boolean {
    for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block++) {
      if ((this.#blocks[block] ?? 0) > version) return true
    }
    return false
  }

  /** Whether the record is still as generated, but for its lines. */
  isGenerated(index: number): boolean {
    return this.#left[index] === 0
  }

  has(index: number): boolean {
    return this.#left[index] === 0 || this.#changes.has(index)
  }

  modified(index: number): number {
    return this.#changes.get(index)?.modified ?? this.#stamps.at(index)
  }

  revision(index: number): number {
    return this.#changes.get(index)?.revision ?? 0
  }

  lineRevision(index: number): number {
    return this.#lineRevisions.get(index) ?? 0
  }

  /** When a record was inserted; undefined for a generated one. */
  insertedAt(index: number): number | undefined {
    return this.#inserted[index - this.#generated]
  }

  /** The first generated record behind the position that is still as generated; the number of generated ones if none. */
  firstGenerated(position: Position): number {
    let index = this.#stamps.from(position.modified)
    const behind = position.index + 1
    if (behind > index && behind <= this.#generated && this.#stamps.at(position.index) === position.modified)
      index = behind
    while (this.#left[index] === 1) index++
    return index
  }

  slice(position: Position, limit: number, { until = Infinity, hidden = false } = {}): number[] {
    const indices: number[] = []
    const isListed = (index: number) => hidden || !this.#isHidden(index)
    const from = this.firstGenerated(position)
    const generated = until === Infinity ? this.#generated : this.#stamps.from(until)
    let to = from
    while (to < generated && indices.length < limit) {
      if (this.#left[to] === 0 && isListed(to)) indices.push(to)
      to++
    }
    if (indices.length === limit) return indices
    for (let at = this.#firstChanged(position); at < this.#changed.length && indices.length < limit; at++) {
      const index = this.#changed[at] ?? 0
      if (this.modified(index) >= until) break
      if (isListed(index)) indices.push(index)
    }
    return indices
  }

  count(since: number): number {
    const from = this.#stamps.from(since)
    let count = this.#generated - from
    for (let index = from; index < this.#generated; index++) {
      if (this.#left[index] === 1 || this.#isHidden(index)) count -= 1
    }
    const changed = this.#changed.slice(this.#firstChanged({ modified: since, index: -1 }))
    return count + changed.filter((index) => !this.#isHidden(index)).length
  }

  /** Modifies the records that are there; answers how many. */
  touch(indices: readonly number[], modified: number): number {
    const present = this.#take(indices)
    for (const { index, revision } of present) this.#changes.set(index, { modified, revision: revision + 1 })
    this.#append(present.map(({ index }) => index))
    return present.length
  }

  /** Changes a line of the records that are there and leaves their stamps; answers how many. */
  touchLines(indices: readonly number[]): number {
    const present = [...new Set(indices)].filter((index) => this.has(index))
    this.#version++
    for (const index of present) {
      this.#lineRevisions.set(index, this.lineRevision(index) + 1)
      if (index < this.#generated) this.#blocks[Math.floor(index / BLOCK)] = this.#version
    }
    return present.length
  }

  remove(indices: readonly number[]): number {
    return this.#take(indices).length
  }

  /** Takes the indices of new records, which are not there yet. */
  reserve(count: number, modified: number): number[] {
    const first = this.#generated + this.#inserted.length
    for (let i = 0; i < count; i++) this.#inserted.push(modified)
    return Array.from({ length: count }, (_, i) => first + i)
  }

  /** Inserts reserved records. */
  insert(indices: readonly number[]): void {
    for (const index of indices) this.#changes.set(index, { modified: this.insertedAt(index) ?? 0, revision: 0 })
    this.#append(indices)
  }

  #take(indices: readonly number[]): { index: number; revision: number }[] {
    const taken = new Map<number, { index: number; revision: number }>()
    this.#version++
    for (const index of indices) {
      if (!this.has(index)) continue
      taken.set(index, { index, revision: this.revision(index) })
      this.#changes.delete(index)
      if (this.#left[index] !== 0) continue
      this.#left[index] = 1
      this.#leftCount++
      this.#blocks[Math.floor(index / BLOCK)] = this.#version
    }
    this.#changed = this.#changed.filter((index) => !taken.has(index))
    return [...taken.values()]
  }

  #append(indices: readonly number[]): void {
    this.#changed = this.#changed.concat(indices).sort((a, b) => this.modified(a) - this.modified(b) || a - b)
  }

  #firstChanged({ modified, index }: Position): number {
    let low = 0
    let high = this.#changed.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#changed[middle] ?? 0
      const stamp = this.modified(at)
      if (stamp < modified || (stamp === modified && at <= index)) low = middle + 1
      else high = middle
    }
    return low
  }
}
