import type { Collection, Position } from './collection.ts'
import { encodeCursor } from './cursor.ts'

interface Rendered {
  bytes: Buffer
  version: number
}

/** How many bytes of rendered records may be kept, over all collections; beyond it records are rendered for every request. */
export interface Budget {
  bytes: number
}

const between = Buffer.from(',\n')

/**
 * Pages as ready bytes. A generated record is kept as rendered until one near it changes, so that reading again costs a write, whatever the size of the
 * pages and wherever they begin. What has changed is rendered every time.
 */
export class Pages {
  readonly #collection: Collection
  readonly #render: (index: number) => string
  readonly #budget: Budget
  readonly #kept = new Map<number, Rendered>()

  constructor(collection: Collection, render: (index: number) => string, budget: Budget) {
    this.#collection = collection
    this.#render = render
    this.#budget = budget
  }

  page(position: Position, until: number, limit: number): Buffer {
    const indices = this.#collection.slice(position, limit, { until })
    const end = indices.at(-1)
    if (end === undefined) return Buffer.from('{"items":[],"last":null,"next":null}')
    const last = `"${encodeCursor({ modified: this.#collection.modified(end), index: end })}"`
    const next = indices.length === limit ? last : 'null'
    const records = indices.flatMap((index, i) =>
      i === 0 ? [this.#rendered(index)] : [between, this.#rendered(index)],
    )
    return Buffer.concat([Buffer.from('{"items":[\n'), ...records, Buffer.from(`\n],"last":${last},"next":${next}}`)])
  }

  clear(): void {
    for (const { bytes } of this.#kept.values()) this.#budget.bytes += bytes.length
    this.#kept.clear()
  }

  #rendered(index: number): Buffer {
    const kept = this.#kept.get(index)
    if (kept && !this.#collection.hasChanged(index, index + 1, kept.version)) return kept.bytes
    const bytes = Buffer.from(this.#render(index))
    const room = this.#budget.bytes + (kept?.bytes.length ?? 0)
    if (this.#collection.isGenerated(index) && room >= bytes.length) {
      this.#kept.set(index, { bytes, version: this.#collection.version })
      this.#budget.bytes = room - bytes.length
    }
    return bytes
  }
}
