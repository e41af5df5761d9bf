import type { SyncedEntity } from '../../model/entities.ts'
import { Collection, type Position } from './collection.ts'
import { type Budget, Pages } from './pages.ts'
import { kinds } from './records/kinds.ts'
import { createRenderer, type Renderer } from './records/render.ts'
import { serveStamps } from './served-stamps.ts'
import { Stamps } from './stamps.ts'
import type { Switches } from './switches.ts'

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
  switches(): Switches
  now(): number
  budget: Budget
}

export const entityNames = Object.keys(kinds) as SyncedEntity[] // Object.keys forgets the key type

/** The records of one entity: what they are, in which order they are served, and what happens to them. */
export class Records {
  readonly name: string
  readonly #collection: Collection
  readonly #renderer: Renderer
  readonly #pages: Pages
  readonly #switches: () => Switches
  readonly #now: () => number
  readonly #hasLines: boolean
  /** Changes that are stamped and not visible yet. */
  #pending: { visibleAt: number; apply: () => void }[] = []

  constructor(entity: SyncedEntity, options: RecordsOptions) {
    const { seed, anchor, counts, tieGroup, budget, switches } = options
    const stream = entityNames.indexOf(entity)
    this.name = kinds[entity].collection
    this.#switches = switches
    this.#now = options.now
    this.#hasLines = kinds[entity].changeLine !== undefined
    this.#renderer = createRenderer(kinds[entity], kinds, { ...options, stream })
    const count = counts[entity]
    const isHidden = (index: number) => isNth(index, switches().hideEvery)
    this.#collection = new Collection(new Stamps({ seed: seed + stream, anchor, count, tieGroup }), count, isHidden)
    this.#pages = new Pages(this.#collection, (index) => this.#json(index), budget)
  }

  /** The records behind a position that are stamped before `until`. */
  page(position: Position, until: number, limit: number): Buffer {
    this.#settle()
    return this.#pages.page(position, until, limit)
  }

  /** To be called when records are served otherwise than before. */
  forgetPages(): void {
    this.#pages.clear()
  }

  count(since: number): number {
    this.#settle()
    return this.#collection.count(since)
  }

  existing(keys: readonly string[]): string[] {
    this.#settle()
    return keys.filter((key) => {
      const index = this.#renderer.index(key)
      return index !== null && this.#collection.has(index)
    })
  }

  touch(keys: readonly string[]): number {
    this.#settle()
    const indices = this.#indices(keys)
    if (this.#hasLines && this.#switches().lineTouch) return this.#collection.touchLines(indices)
    const present = [...new Set(indices)].filter((index) => this.#collection.has(index))
    const at = this.#now()
    this.#commit(at, () => void this.#collection.touch(present, at))
    return present.length
  }

  remove(keys: readonly string[]): number {
    this.#settle()
    return this.#collection.remove(this.#indices(keys))
  }

  insert(count: number): string[] {
    const at = this.#now()
    const indices = this.#collection.reserve(count, at)
    this.#commit(at, () => this.#collection.insert(indices))
    return indices.map(this.#renderer.key)
  }

  /** `count` keys, evenly spread over what is there. */
  sample(count: number): string[] {
    this.#settle()
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
    this.#settle()
    for (const index of this.#inOrder(1_000)) {
      yield {
        key: this.#renderer.key(index),
        modified: new Date(this.#collection.modified(index)),
        malformed: this.#renderer.isMalformed(index, this.#switches().malformed),
        json: this.#json(index),
      }
    }
  }

  *#inOrder(step: number): Generator<number> {
    let position: Position = { modified: 0, index: -1 }
    for (;;) {
      const indices = this.#collection.slice(position, step, { hidden: true })
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
    const json = this.#renderer.record({
      index,
      revision: this.#collection.revision(index),
      lineRevision: this.#collection.lineRevision(index),
      modified: this.#collection.modified(index),
      insertedAt: this.#collection.insertedAt(index),
      malformed: this.#switches().malformed,
    })
    return serveStamps(json, this.#switches())
  }

  /** A change is stamped when it is made, and visible when its transaction commits. */
  #commit(stampedAt: number, apply: () => void): void {
    this.#pending.push({ visibleAt: stampedAt + this.#switches().lateCommitMs, apply })
    this.#settle()
  }

  #settle(): void {
    if (this.#pending.length === 0) return
    const now = this.#now()
    const due = this.#pending.filter(({ visibleAt }) => visibleAt <= now)
    this.#pending = this.#pending.filter(({ visibleAt }) => visibleAt > now)
    for (const { apply } of due) apply()
  }
}

const isNth = (index: number, n: number) => n > 0 && index % n === n - 1
