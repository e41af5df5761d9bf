// with the u flag a whole pair is one character, of another category
const halfPair = /\p{Surrogate}/u

/** PostgreSQL holds no NUL in a text, and no half of a surrogate pair in JSON: what has either would fail in the middle of a statement. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !halfPair.test(text)
}
