import { z } from 'zod'
import { AnswerInvalid } from '../errors.ts'
import type { Position } from './query.ts'

/** Behind a record, behind a link, or (link null) at the start of reading by links; `done`: behind the last page. */
export type Cursor =
  | { readonly position: Position }
  | { readonly link: string | null }
  | { readonly done: true; readonly byKey: boolean }

const cursor = z.union([
  z.object({
    position: z.object({
      part: z.enum(['stamped', 'unstamped']),
      stamp: z.string().nullable(),
      key: z.array(z.string()).nullable(),
    }),
  }),
  z.object({ link: z.string().nullable() }),
  z.object({ done: z.literal(true), byKey: z.boolean() }),
])

const maxBytes = 4_096

export function writeCursor(value: Cursor): string {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) <= maxBytes) return text
  // a link too long to keep: whoever resumes reads the set again, which costs time and loses nothing
  if ('link' in value) return JSON.stringify({ link: null })
  throw new AnswerInvalid('The source has a key that is too long to read on behind it.')
}

export function readCursor(text: string): Cursor {
  try {
    return cursor.parse(JSON.parse(text))
  } catch {
    throw new AnswerInvalid('The place to read on from is not one that this connector has given.')
  }
}
