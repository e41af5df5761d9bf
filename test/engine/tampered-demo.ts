import type { Connector, Page, SourceRecord } from '../../src/connectors/contract.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'

/** What a test makes of the demo source: the real one, with these things different. It may change them at any time. */
export interface Tampering {
  readsByKey: boolean
  /** False: it cannot be asked which records it still has. */
  asksByKey: boolean
  countsRecords: boolean
  /** Called before the nth count since reset(). */
  onCounted(at: { nth: number }): void
  /** Called before a page is handed on: of the nth look at the entity since reset(), the nth page. */
  onPage(at: { entity: SyncedEntity; look: number; page: number }): void | Promise<void>
  /** Whether this look at the entity misses the record, though it is there. */
  misses(at: { look: number; externalId: string }): boolean
  /** Called before the source is asked which records it has. */
  onAsked(externalIds: readonly string[]): void | Promise<void>
}

const untouched: Tampering = {
  readsByKey: true,
  asksByKey: true,
  countsRecords: true,
  onCounted: () => {},
  onPage: () => {},
  misses: () => false,
  onAsked: () => {},
}

export function tamperedDemo() {
  const how: Tampering = { ...untouched }
  const looks = new Map<SyncedEntity, number>()
  let counted = 0
  return {
    how,
    reset() {
      Object.assign(how, untouched)
      looks.clear()
      counted = 0
    },
    /** How often the entity was read from its start or from a checkpoint. */
    looks: (entity: SyncedEntity) => looks.get(entity) ?? 0,
    wrap: (connector: Connector): Connector => ({
      ...connector,
      open(input) {
        // what it makes different is told of reading in one go
        const { existing, readWindow: _, ...source } = connector.open(input)
        return {
          ...source,
          readsByKey: () => how.readsByKey,
          async count(...asked) {
            how.onCounted({ nth: ++counted })
            return how.countsRecords ? source.count(...asked) : null
          },
          async *read(entity, asked): AsyncGenerator<Page> {
            const look = (looks.get(entity) ?? 0) + 1
            looks.set(entity, look)
            let page = 0
            for await (const { cursor, records } of source.read(entity, asked)) {
              await how.onPage({ entity, look, page: ++page })
              yield {
                cursor,
                records: () => [...records()].filter((record) => !how.misses({ look, externalId: keyOf(record) })),
              }
            }
          },
          ...(existing && how.asksByKey
            ? {
                async existing(entity: SyncedEntity, ids: readonly string[], signal: AbortSignal) {
                  await how.onAsked(ids)
                  return existing(entity, ids, signal)
                },
              }
            : {}),
        }
      },
    }),
  }
}

const keyOf = (record: SourceRecord) => ('record' in record ? record.record.externalId : (record.externalId ?? ''))
