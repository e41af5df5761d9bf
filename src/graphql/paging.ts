import { isStorable } from '../store/storable-text.ts'
import { defaultPageSize, maximumPageSize } from './complexity.ts'
import { badInput } from './errors.ts'

export interface PageArgs {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** Which rows a page asks for. Read limit + 1 of them: the one too many says whether there are more. */
export interface PageWindow<Position> {
  limit: number
  /** From the end of the list, or from before `from`. */
  backward: boolean
  from: Position | null
}

export interface Edge<T> {
  node: T
  cursor: string
}

export interface Page<T> {
  edges: Edge<T>[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  /** Runs only when the field is selected. */
  totalCount: () => Promise<number>
}

/** Turns a row's position into a cursor and back; parse gives null for what it has not made. */
export interface CursorCodec<Position> {
  format(position: Position): string
  parse(cursor: string): Position | null
}

export function pageWindow<Position>(args: PageArgs, codec: CursorCodec<Position>): PageWindow<Position> {
  const { first, after, last, before } = args
  if (first != null && last != null) throw badInput('Pass first or last, not both.')
  if (after != null && before != null) throw badInput('Pass after or before, not both.')
  const backward = last != null || before != null
  if (backward && (first != null || after != null)) throw badInput('first goes with after, last with before.')
  const limit = backward ? pageSize(last, 'last') : pageSize(first, 'first')
  const cursor = backward ? before : after
  return { limit, backward, from: cursor == null ? null : position(cursor, codec) }
}

/** How many rows an argument asks for. Throws BAD_USER_INPUT for what no page can have. */
export function pageSize(asked: number | null | undefined, argument: 'first' | 'last'): number {
  const size = asked ?? defaultPageSize
  if (size >= 0 && size <= maximumPageSize) return size
  throw badInput(
    `${argument} is ${size}; a page has from 0 to ${maximumPageSize} rows. Ask for fewer and follow the cursors.`,
  )
}

function position<Position>(cursor: string, codec: CursorCodec<Position>): Position {
  const parsed = codec.parse(cursor)
  if (parsed === null)
    throw badInput("The cursor is not one of this list. Pass an edge's cursor, unchanged and with the same orderBy.")
  return parsed
}

/** Makes a page of rows in the list's order, of which the surplus one (if any) stands at the end that reading went to. */
export function toPage<Row, T, Position>(
  rows: readonly Row[],
  window: PageWindow<Position>,
  toEdge: (row: Row) => Edge<T>,
  totalCount: () => Promise<number>,
): Page<T> {
  const { limit, backward, from } = window
  const more = rows.length > limit
  const kept = backward ? rows.slice(more ? rows.length - limit : 0) : rows.slice(0, limit)
  const edges = kept.map(toEdge)
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? from !== null : more,
      hasPreviousPage: backward ? more : from !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  }
}

/** An opaque cursor around a list of texts. */
export function encodeCursor(parts: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function decodeCursor(cursor: string): (string | null)[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const valid =
      Array.isArray(parts) &&
      parts.every((part): part is string | null => part === null || (typeof part === 'string' && isStorable(part)))
    return valid ? parts : null
  } catch {
    return null
  }
}
