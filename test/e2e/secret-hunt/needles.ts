import { randomBytes } from 'node:crypto'

/** A secret that must not be seen, and what it is called in a report. */
export interface Canary {
  name: string
  /** Of letters and digits, which no escaping changes; of a token, what is never shown of it. */
  text: string
}

export const newCanary = (name: string): Canary => ({ name, text: `Canary${randomBytes(12).toString('hex')}` })

/** Of a key or token that was issued: its start and its end are shown to people. */
export const issued = (name: string, token: string): Canary => ({ name, text: token.slice(-34, -4) })

interface Needle {
  canary: string
  form: string
  bytes: Buffer
}

/** How a text may be written where it stands: the forms of its whole, and base64 whatever stands before it. */
function needlesOf({ name, text }: Canary): Needle[] {
  const bytes = Buffer.from(text)
  const each = (write: (code: string) => string) =>
    Array.from(bytes, (byte) => write(byte.toString(16).padStart(2, '0'))).join('')
  const hex = bytes.toString('hex')
  const forms: Record<string, string> = {
    raw: text,
    reversed: Buffer.from(bytes).reverse().toString(),
    hex,
    'hex in capitals': hex.toUpperCase(),
    'URL-encoded': each((code) => `%${code}`),
    'URL-encoded in capitals': each((code) => `%${code.toUpperCase()}`),
    'JSON-escaped': each((code) => `\\u00${code}`),
    ...Object.fromEntries([0, 1, 2].map((before) => [`base64 behind ${before} bytes`, base64Behind(before, text)])),
  }
  const needles = Object.entries(forms).map(([form, written]) => ({ canary: name, form, bytes: Buffer.from(written) }))
  return [...needles, { canary: name, form: 'UTF-16', bytes: Buffer.from(text, 'utf16le') }]
}

/** The characters that are the same whatever the bytes before and behind it. */
function base64Behind(before: number, text: string): string {
  const bits = 8 * (before + text.length)
  const written = Buffer.from('\0'.repeat(before) + text).toString('base64')
  return written.slice(Math.ceil((8 * before) / 6), Math.floor(bits / 6))
}

/** Looks for all of them at once. */
export function createSweep(canaries: readonly Canary[]) {
  const byStart = new Map<number, Needle[]>()
  for (const needle of canaries.flatMap(needlesOf)) {
    const start = needle.bytes.readUInt16LE(0)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
  }
  const starts = new Uint8Array(65_536)
  for (const start of byStart.keys()) starts[start] = 1

  /** The canaries in it, with the form in which each was found. */
  return (haystack: Buffer): string[] => {
    const found = new Set<string>()
    for (let at = 0; at + 1 < haystack.length; at++) {
      const start = (haystack[at] ?? 0) | ((haystack[at + 1] ?? 0) << 8)
      if (starts[start] === 0) continue
      for (const { canary, form, bytes } of byStart.get(start) ?? []) {
        if (haystack.subarray(at, at + bytes.length).equals(bytes)) found.add(`${canary} (${form})`)
      }
    }
    return [...found]
  }
}
