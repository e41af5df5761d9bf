import type { Collection, Position, Slice } from './collection.ts'
import { encodeCursor } from './cursor.ts'

interface CachedPage {
  body: Buffer
  from: number
  to: number
  version: number
}

/** How many bytes of rendered pages may be kept, over all collections; beyond it pages are rendered for every request. */
export interface Budget {
  bytes: number
}

/**
 * Pages as ready bytes. A page of generated records that are still as generated is kept until one of them changes: a
 * whole read in steps of one size costs a write each. What reaches into the changed records is rendered every time.
 */
export class Pages {
  readonly #collection: Collection
  readonly #render: (index: number) => string
  readonly #budget: Budget
  readonly #cached = new Map<string, CachedPage>()

  constructor(collection: Collection, render: (index: number) => string, budget: Budget) {
    this.#collection = collection
    this.#render = render
    this.#budget = budget
  }

  page(position: Position, until: number, limit: number): Buffer {
    const key = `${limit}:${this.#collection.firstGenerated(position)}`
    const cached = this.#cached.get(key)
    if (cached && this.#collection.modified(cached.to - 1) < until) {
      if (!this.#collection.hasChanged(cached.from, cached.to, cached.version)) return cached.body
      this.#drop(key, cached)
    }
    const version = this.#collection.version
    const slice = this.#collection.slice(position, limit, { until })
    const body = Buffer.from(this.#body(slice, limit))
    if (slice.range && this.#budget.bytes >= body.length) {
      this.#cached.set(key, { body, version, ...slice.range })
      this.#budget.bytes -= body.length
    }
    return body
  }

  clear(): void {
    for (const [key, page] of this.#cached) this.#drop(key, page)
  }

  #drop(key: string, page: CachedPage): void {
    this.#cached.delete(key)
    this.#budget.bytes += page.body.length
  }

  #body({ indices }: Slice, limit: number): string {
    const end = indices.at(-1)
    if (end === undefined) return '{"items":[],"last":null,"next":null}'
    const last = `"${encodeCursor({ modified: this.#collection.modified(end), index: end })}"`
    const next = indices.length === limit ? last : 'null'
    return `{"items":[\n${indices.map(this.#render).join(',\n')}\n],"last":${last},"next":${next}}`
  }
}
