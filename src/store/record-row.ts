/** A record that a source has handed out: its key and stamps. */
export interface ArrivedRow {
  externalId: string
  sourceCreatedAt: Date | null
  sourceUpdatedAt: Date | null
}

/** One record on its way into the table, already mapped, hashed and serialised. */
export interface RecordRow extends ArrivedRow {
  /** The content hash, in hex: see record-hash.ts. */
  hash: string
  number: string | null
  status: string | null
  /** JSON of the mapped fields, and of what the envelope has beside the columns, under "$". */
  data: string
  /** As received. */
  raw: string
}

/** What places a record in a window: when it was modified, or created where the source tells no more. */
export const stampOf = (row: ArrivedRow) => row.sourceUpdatedAt ?? row.sourceCreatedAt

/** Bytewise on UTF-8, as the key's collation "C" sorts: every commit locks records in this order. */
export function byKey(a: ArrivedRow, b: ArrivedRow): number {
  if (a.externalId === b.externalId) return 0
  // UTF-16 order differs from UTF-8 order only above the surrogates; comparing code units first settles all but those
  const plain = a.externalId < b.externalId ? -1 : 1
  return hasSurrogate(a.externalId) || hasSurrogate(b.externalId)
    ? Buffer.compare(Buffer.from(a.externalId), Buffer.from(b.externalId))
    : plain
}

function hasSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/.test(text)
}
