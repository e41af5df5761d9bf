const text = String.raw`"(?:[^"\\]|\\.)*"`
const member = String.raw`"@odata\.etag"\s*:\s*(?:${text}|null)`
const etags = new RegExp(String.raw`${member}\s*,\s*|,?\s*${member}`, 'g')

/**
 * A record's text without its etags, at every level; undefined where it has none. Cutting text is safe: inside a string
 * each quote is escaped, so an unescaped "@odata.etag" followed by a colon is a member's name.
 */
export function withoutEtags(raw: string): string | undefined {
  return raw.includes('"@odata.etag"') ? raw.replace(etags, '') : undefined
}
