import type { Position } from './collection.ts'
import { decodeCursor } from './cursor.ts'
import type { Records } from './records.ts'
import { readStamp } from './served-stamps.ts'
import type { Switches } from './switches.ts'

/** An answer to be written: JSON, ready. */
export interface Answer {
  status: number
  body: Buffer | string
  headers?: Readonly<Record<string, string>>
}

export const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) })

export const problem = (status: number, error: string): Answer => json({ error }, status)

export interface ApiOptions {
  /** By the name of the collection. */
  collections: ReadonlyMap<string, Records>
  pageSize: number
  now(): number
  switches(): Switches
}

const MOST_KEYS = 500
const DEFAULT_LIMIT = 1_000

/** GET /api/v1/…: what a client of the demo ERP may ask. */
export function answerApi(path: readonly string[], query: URLSearchParams, options: ApiOptions): Answer {
  const [name, action, ...rest] = path
  if (name === 'clock' && action === undefined) return json({ now: options.now() })
  const records = options.collections.get(name ?? '')
  if (!records || rest.length > 0) return problem(404, 'There is nothing here.')
  if (action === 'existing') {
    const keys = query.getAll('key')
    return keys.length > MOST_KEYS
      ? problem(400, `More than ${MOST_KEYS} keys.`)
      : json({ keys: records.existing(keys) })
  }
  const since = readStamp(query.get('since') ?? '1970-01-01T00:00:00Z', options.switches())
  if (Number.isNaN(since)) return problem(400, 'since is not a date and time.')
  if (action === 'count') return json({ count: records.count(since) })
  if (action !== undefined) return problem(404, 'There is nothing here.')
  const until = query.has('until') ? readStamp(query.get('until') ?? '', options.switches()) : Infinity
  if (Number.isNaN(until)) return problem(400, 'until is not a date and time.')
  const window = options.switches().ignoreFilter ? { since: 0, until: Infinity } : { since, until }
  return page(records, query, window, options.pageSize)
}

interface Window {
  since: number
  /** Exclusive. */
  until: number
}

function page(records: Records, query: URLSearchParams, { since, until }: Window, pageSize: number): Answer {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
  if (!Number.isInteger(limit) || limit < 1) return problem(400, 'limit is not a whole number above 0.')
  const first: Position = { modified: since, index: -1 }
  const after = query.get('after')
  const position = after === null ? first : decodeCursor(after)
  if (!position) return problem(400, 'after is not a cursor of this source.')
  const from = position.modified < since ? first : position
  return { status: 200, body: records.page(from, until, Math.min(limit, pageSize)) }
}
