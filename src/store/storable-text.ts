/** PostgreSQL holds no NUL in a text, and no half of a surrogate pair in JSON: what has either would fail in the middle of a statement. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
