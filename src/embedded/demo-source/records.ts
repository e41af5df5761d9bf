import type { SyncedEntity } from '../../model/entities.ts'
import { Collection, type Position } from './collection.ts'
import { type Budget, Pages } from './pages.ts'
import { kinds } from './records/kinds.ts'
import { createRenderer, type Renderer } from './records/render.ts'
import { Stamps } from './stamps.ts'

/** A record as the source holds it now. */
export interface DemoRecord {
  readonly key: string
  readonly modified: Date
  /** It is served broken: no mapping may take it. */
  readonly malformed: boolean
  /** As served. */
  readonly json: string
}

export interface RecordsOptions {
  seed: number
  anchor: Date
  counts: Readonly<Record<SyncedEntity, number>>
  tieGroup: number
  recordBytes: number
  malformed(): number
  budget: Budget
}

export const entityNames = Object.keys(kinds) as SyncedEntity[] // Object.keys forgets the key type

/** The records of one entity: what they are, in which order they are served, and what happens to them. */
export class Records {
  readonly name: string
  readonly #collection: Collection
  readonly #renderer: Renderer
  readonly #pages: Pages
  readonly #malformed: () => number

  constructor(entity: SyncedEntity, options: RecordsOptions) {
    const { seed, anchor, counts, tieGroup, budget } = options
    const stream = entityNames.indexOf(entity)
    this.name = kinds[entity].collection
    this.#malformed = options.malformed
    this.#renderer = createRenderer(kinds[entity], kinds, { ...options, stream })
    const count = counts[entity]
    this.#collection = new Collection(new Stamps({ seed: seed + stream, anchor, count, tieGroup }), count)
    this.#pages = new Pages(this.#collection, (index) => this.#json(index), budget)
  }

  page(position: Position, limit: number): Buffer {
    return this.#pages.page(position, limit)
  }

  /** To be called when records are served otherwise than before. */
  forgetPages(): void {
    this.#pages.clear()
  }

  count(since: number): number {
    return this.#collection.count(since)
  }

  existing(keys: readonly string[]): string[] {
    return keys.filter((key) => {
      const index = this.#renderer.index(key)
      return index !== null && this.#collection.has(index)
    })
  }

  touch(keys: readonly string[], at: number): number {
    return this.#collection.touch(this.#indices(keys), at)
  }

  remove(keys: readonly string[]): number {
    return this.#collection.remove(this.#indices(keys))
  }

  insert(count: number, at: number): string[] {
    return this.#collection.insert(count, at).map(this.#renderer.key)
  }

  /** `count` keys, evenly spread over what is there. */
  sample(count: number): string[] {
    const step = Math.max(1, Math.floor(this.#collection.size / count))
    const keys: string[] = []
    let place = 0
    for (const index of this.#inOrder(1_000)) {
      if (keys.length >= count) break
      if (place++ % step === 0) keys.push(this.#renderer.key(index))
    }
    return keys
  }

  *all(): Generator<DemoRecord> {
    for (const index of this.#inOrder(1_000)) {
      yield {
        key: this.#renderer.key(index),
        modified: new Date(this.#collection.modified(index)),
        malformed: this.#renderer.isMalformed(index, this.#malformed()),
        json: this.#json(index),
      }
    }
  }

  *#inOrder(step: number): Generator<number> {
    let position: Position = { modified: 0, index: -1 }
    for (;;) {
      const { indices } = this.#collection.slice(position, step)
      yield* indices
      const last = indices.at(-1)
      if (last === undefined || indices.length < step) return
      position = { modified: this.#collection.modified(last), index: last }
    }
  }

  #indices(keys: readonly string[]): number[] {
    return keys.map(this.#renderer.index).filter((index) => index !== null)
  }

  #json(index: number): string {
    return this.#renderer.record({
      index,
      revision: this.#collection.revision(index),
      modified: this.#collection.modified(index),
      insertedAt: this.#collection.insertedAt(index),
      malformed: this.#malformed(),
    })
  }
}
