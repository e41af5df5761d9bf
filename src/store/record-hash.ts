/**
 * The hash that is stored with a record, in hex, in three parts: 4 bytes that tell by which mapping (code and config)
 * it was made, 8 of its text as received, 8 of its content (the mapped text, and the received one without what changes
 * on every read).
 */
const contentFrom = 24

export const mappingHexLength = 8
const partHexLength = 16

/** Of the mapping and of digests that are longer than what is kept of them. */
export const recordHash = (mapping: string, raw: string, content: string) =>
  readingOf(mapping, raw) + content.slice(0, partHexLength)

/** The first two parts: where they are the same, the same text was mapped in the same way, and there is nothing to write. */
export const readingOf = (mapping: string, raw: string) => mapping + raw.slice(0, partHexLength)

export const isSameReading = (stored: string, reading: string) => stored.startsWith(reading)

/** Whether two hashes stand for the same content, by whichever mapping it was made. */
export const isSameContent = (one: string, other: string) =>
  one === other || one.slice(contentFrom) === other.slice(contentFrom)
