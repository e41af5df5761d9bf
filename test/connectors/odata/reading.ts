import type { Source, SourceRecord } from '../../../src/connectors/contract.ts'
import type { SyncedEntity } from '../../../src/model/entities.ts'
import type { MappedRecord } from '../../../src/model/record.ts'

export interface ReadPage {
  cursor: string
  ids: string[]
  records: SourceRecord[]
}

export const idle = () => new AbortController().signal

/** Reads to the end; `onPage` runs between a page and the request for the one after next. */
export async function readPages(
  source: Source,
  entity: SyncedEntity,
  {
    since = null,
    after = null,
    onPage,
  }: { since?: Date | null; after?: string | null; onPage?: (page: ReadPage, i: number) => Promise<void> } = {},
): Promise<ReadPage[]> {
  const pages: ReadPage[] = []
  for await (const { cursor, records } of source.read(entity, { since, after, signal: idle() })) {
    const read = [...records()]
    const page = { cursor, records: read, ids: read.map((it) => mapped(it).externalId) }
    pages.push(page)
    await onPage?.(page, pages.length - 1)
  }
  return pages
}

export const idsOf = (pages: readonly ReadPage[]) => pages.flatMap(({ ids }) => ids)

export function mapped(record: SourceRecord): MappedRecord {
  if ('rejected' in record) throw new Error(`A record was rejected: ${record.rejected}`)
  return record.record
}
