import { AnswerInvalid } from '../errors.ts'

/** What stands at the end of a page: behind which record it ends, and where to go on. */
export interface PageEnd {
  /** Null in a page without records. */
  last: string | null
  /** Null where nothing follows. */
  next: string | null
}

const HEAD = '{"items":['
const CURSOR = '"([\\w-]{1,2000})"|null'
const END = new RegExp(`\\],"last":(?:${CURSOR}),"next":(?:${CURSOR})\\}\\s*$`)
// two cursors of the greatest length, and what is around them
const END_LENGTH = 4_100

/** Reads the end of a page without reading the page, so that the next can be asked for before this one is parsed. */
export function readEnd(text: string): PageEnd {
  const end = END.exec(text.slice(-END_LENGTH))
  if (!end || !text.startsWith(HEAD)) throw new AnswerInvalid('The page is not in the format of the demo ERP.')
  const [, last = null, next = null] = end
  if (last === null && next !== null) throw new AnswerInvalid('A page without records says that more follow.')
  return { last, next }
}

/** The records' texts as received: the demo ERP puts each on a line of its own. */
export function* sliceRecords(text: string): Generator<string> {
  let start = text.indexOf('\n') + 1
  while (start > 0) {
    const end = text.indexOf('\n', start)
    if (end === -1) return
    yield text.slice(start, text.charCodeAt(end - 1) === COMMA ? end - 1 : end)
    start = end + 1
  }
}

const COMMA = 0x2c
