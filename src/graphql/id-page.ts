import { isStoreId } from './node-id.ts'
import { type CursorCodec, decodeCursor, encodeCursor, type PageArgs, type PageWindow, pageWindow } from './paging.ts'

/** Lists in the order of their ids, newest first: ids are of UUID version 7. */
const idCursor: CursorCodec<string> = {
  format: (id) => encodeCursor([id]),
  parse(cursor) {
    const [id, ...rest] = decodeCursor(cursor) ?? []
    return typeof id === 'string' && rest.length === 0 && isStoreId(id) ? id : null
  },
}

export type IdWindow = PageWindow<string>

export const idWindow = (args: PageArgs): IdWindow => pageWindow(args, idCursor)

export const idEdge = <T extends { id: string }>(row: T) => ({ node: row, cursor: idCursor.format(row.id) })

/** Prisma arguments that read the window; its rows come in reading order: see inListOrder. */
export function idRange({ limit, backward, from }: IdWindow) {
  return {
    where: from === null ? {} : { id: backward ? { gt: from } : { lt: from } },
    orderBy: { id: backward ? 'asc' : 'desc' },
    take: limit + 1,
  } as const
}

export function inListOrder<T>(rows: T[], { backward }: { backward: boolean }): T[] {
  return backward ? rows.toReversed() : rows
}
