import { type CursorCodec, decodeCursor, encodeCursor, type PageArgs, pageWindow } from './paging.ts'

/** Lists in the order of the source's keys: a row keeps its place whatever happens to it. */
const keyCursor: CursorCodec<string> = {
  format: (externalId) => encodeCursor(['key', externalId]),
  parse(cursor) {
    const [kind, externalId, ...rest] = decodeCursor(cursor) ?? []
    return kind === 'key' && typeof externalId === 'string' && rest.length === 0 ? externalId : null
  },
}

export const keyWindow = (args: PageArgs) => pageWindow(args, keyCursor)

export const keyEdge = <T extends { externalId: string }>(row: T) => ({
  node: row,
  cursor: keyCursor.format(row.externalId),
})
