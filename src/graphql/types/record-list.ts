import type { ArgBuilder } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type { EntityType } from '../../model/entity-type.ts'
import { deletionsAsked } from '../../store/deleted-data.ts'
import { countRecords, type RecordFilter as StoreFilter } from '../../store/record-filter.ts'
import {
  type PlacedRecord,
  readRecordPages,
  type RecordOrder as Order,
  type RecordPosition,
} from '../../store/record-page.ts'
import type { RecordOwner } from '../../store/record-read.ts'
import { builder, type Types } from '../builder.ts'
import type { Context } from '../context.ts'
import { badInput } from '../errors.ts'
import { isMoment } from '../moment.ts'
import { type CursorCodec, decodeCursor, encodeCursor, type PageArgs, pageWindow, toPage } from '../paging.ts'
import { RecordOrder } from './enums.ts'
import { pageArguments } from './page-arguments.ts'

const RecordFilter = builder.inputType('RecordFilter', {
  fields: (t) => ({
    updatedSince: t.field({ type: 'DateTime', description: 'Changed here at or after this moment.' }),
    sourceUpdatedSince: t.field({ type: 'DateTime', description: 'Changed at the source at or after this moment.' }),
    number: t.string({ description: 'Exactly this number.' }),
    status: t.string({ description: 'Name of the unified enum value, e.g. APPROVED.' }),
    includeDeleted: t.boolean({ defaultValue: false }),
  }),
})

interface RecordListArgs extends PageArgs {
  filter?: StoreFilter | null | undefined
  orderBy?: Order | null | undefined
}

export function recordFilterArguments(arg: ArgBuilder<Types>) {
  return {
    filter: arg({ type: RecordFilter }),
    orderBy: arg({ type: RecordOrder, description: 'Default SOURCE_UPDATED_AT_DESC.' }),
    ...pageArguments(arg),
  }
}

// a cursor holds its order: read in another one it would point nowhere
function recordCursor(order: Order): CursorCodec<RecordPosition> {
  const sortsByTime = order !== 'NUMBER_ASC'
  return {
    format: ({ value, externalId }) => encodeCursor([order, value, externalId]),
    parse(cursor) {
      const [made, value, externalId] = decodeCursor(cursor) ?? []
      if (made !== order || value === undefined || typeof externalId !== 'string') return null
      return sortsByTime && value !== null && !isMoment(value) ? null : { value, externalId }
    },
  }
}

const deletedMeanwhile =
  'The records that this cursor points into were deleted for good, by deleteConnectionData. What was read of them is not the whole.'

export async function recordPage(
  owner: RecordOwner,
  entity: EntityType,
  { filter: given, orderBy, ...args }: RecordListArgs,
  { loaders, pool }: Context,
  info: GraphQLResolveInfo,
) {
  const order = orderBy ?? 'SOURCE_UPDATED_AT_DESC'
  const cursor = recordCursor(order)
  const window = pageWindow(args, cursor)
  const filter = given ?? {}
  const rows = loaders.ofField(info, 'rows', async (owners: readonly RecordOwner[]) => {
    const pages = await readRecordPages(pool, owners, { ...window, entity, order, filter, limit: window.limit + 1 })
    return byOwnerId(pages)
  })
  const counts = loaders.ofField(info, 'counts', async (owners: readonly RecordOwner[]) =>
    byOwnerId(await countRecords(pool, owners, entity, filter)),
  )
  const found = (await rows.load(owner)) ?? []
  if (found.length === 0 && window.from !== null) {
    const asked = loaders.ofField(info, 'deletions', (owners: readonly RecordOwner[]) =>
      deletionsAsked(pool, owners, entity),
    )
    // an empty page would look like the end of a list of which the reader has only the first pages
    if (await asked.load(owner)) throw badInput(deletedMeanwhile)
  }
  return toPage(
    found,
    window,
    ({ record, position }: PlacedRecord) => ({ node: record, cursor: cursor.format(position) }),
    async () => (await counts.load(owner)) ?? 0,
  )
}

function byOwnerId<T>(map: Map<RecordOwner, T>): Map<string, T> {
  return new Map([...map].map(([owner, value]) => [owner.id, value]))
}
