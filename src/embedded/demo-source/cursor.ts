import type { Position } from './collection.ts'

/** A position as clients see it: opaque, valid for ever, whatever the page size. */
export function encodeCursor({ modified, index }: Position): string {
  return Buffer.from(`${modified}.${index}`).toString('base64url')
}

export function decodeCursor(cursor: string): Position | null {
  const [, modified, index] = /^(\d{1,16})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  return modified === undefined ? null : { modified: Number(modified), index: Number(index) }
}
