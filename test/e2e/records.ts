import type { DemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import type { Caller } from './graphql-client.ts'

/** A record of the demo ERP as it words it itself. */
export interface SourceRecord {
  key: string
  modified: Date
  // oxlint-disable-next-line typescript/no-explicit-any -- the fields differ by collection
  json: any
}

/** What the source holds of an entity, modified since `from`. */
export function sourceRecords(demo: DemoSource, entity: SyncedEntity, from: Date | null = null): SourceRecord[] {
  const all = [...demo.all(entity)].filter(({ modified }) => from === null || modified >= from)
  return all.map(({ key, modified, json }) => ({ key, modified, json: JSON.parse(json) }))
}

export interface ListRequest {
  /** As the schema names it: "purchaseOrders", or "records". */
  list: string
  entity?: string
  filter?: Record<string, unknown>
  orderBy?: string
  size?: number
  backward?: boolean
  selection?: string
}

/** A whole list, page by page as a client reads it, in the list's order. */
export async function walk(
  caller: Caller,
  connectionId: string,
  { list, entity, filter = {}, orderBy, size = 100, backward = false, selection = 'externalId' }: ListRequest,
): Promise<ListedNode[]> {
  const [amount, behind] = backward ? ['last', 'before'] : ['first', 'after']
  const query = `query ($id: ID!, $filter: RecordFilter, $orderBy: RecordOrder, $size: Int, $cursor: String) { connection(id: $id) {
    ${list}(${entity ? `entity: ${entity}, ` : ''}filter: $filter, orderBy: $orderBy, ${amount}: $size, ${behind}: $cursor) {
      edges { node { ${selection} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
  const pages: ListedNode[][] = []
  for (let cursor: string | null = null, more = true; more; ) {
    const variables: Record<string, unknown> = {
      id: connectionId,
      filter,
      size,
      cursor,
      ...(orderBy ? { orderBy } : {}),
    }
    const { edges, pageInfo }: ListedPage = (await caller.data(query, variables)).connection[list]
    pages.push(edges.map(({ node }) => node))
    more = backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor
  }
  return (backward ? pages.reverse() : pages).flat()
}

// oxlint-disable-next-line typescript/no-explicit-any -- the fields are those of the selection
type ListedNode = any

interface ListedPage {
  edges: { node: ListedNode }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

export const externalIds = (nodes: readonly { externalId: string }[]) => nodes.map((node) => node.externalId)

export interface FeedEntry {
  kind: string
  record: { externalId: string; deletedAt: string | null }
}

/** The change feed from a cursor on, to its end. */
export async function readFeed(
  caller: Caller,
  connectionId: string,
  entity: string,
  after: string | null,
  first = 200,
) {
  const query = `query ($id: ID!, $entity: EntityType!, $after: String, $first: Int) { connection(id: $id) {
    changes(entity: $entity, after: $after, first: $first) {
      changes { kind record { externalId deletedAt } } endCursor hasMore } } }`
  const entries: FeedEntry[] = []
  let cursor = after
  for (let more = true; more; ) {
    const { changes } = (await caller.data(query, { id: connectionId, entity, after: cursor, first })).connection
    entries.push(...changes.changes)
    cursor = changes.endCursor
    more = changes.hasMore
  }
  return { entries, cursor }
}
