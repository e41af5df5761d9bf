import { ChangeUnknown } from '../../events/errors.ts'
import { changeStandings, readChanges, type RecordChange } from '../../store/record-changes.ts'
import { builder } from '../builder.ts'
import { changeCursor, parseChangeCursor } from '../change-cursor.ts'
import { pageComplexity } from '../complexity.ts'
import { pageSize } from '../paging.ts'
import { Connection } from './connection.ts'
import { ChangeKind, EntityType } from './enums.ts'
import { RecordInterface } from './record.ts'

export interface Changes {
  changes: RecordChange[]
  endCursor: string | null
  hasMore: boolean
  dataDeletionRequestedAt: Date | null
}

const Change = builder.objectRef<RecordChange>('Change').implement({
  description: 'The latest change of one record.',
  fields: (t) => ({
    kind: t.expose('kind', {
      type: ChangeKind,
      description:
        'CREATED: first seen after the cursor given. DELETED: gone now, also when it came and went after the cursor.',
    }),
    record: t.expose('record', { type: RecordInterface, authScopes: { scope: 'RECORDS_READ' } }),
    cursor: t.string({
      resolve: ({ record: { owner, entity }, sequence }) => changeCursor({ connectionId: owner.id, entity }, sequence),
    }),
  }),
})

export const ChangePage = builder.objectRef<Changes>('ChangePage').implement({
  description: 'Changes in the order in which they were committed, one entry per record.',
  fields: (t) => ({
    changes: t.expose('changes', { type: [Change], complexity: { field: 1, multiplier: 1 } }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'What to pass as `after` next; `after` itself when the page is empty.',
    }),
    hasMore: t.exposeBoolean('hasMore'),
    dataDeletionRequestedAt: t.expose('dataDeletionRequestedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'Not null: all records of this entity are deleted here for good, as deleteConnectionData was asked at this moment. They are not told one by one: drop your copy, and stop reading.',
    }),
  }),
})

builder.prismaObjectField(Connection, 'changes', (t) =>
  t.field({
    type: ChangePage,
    authScopes: { scope: 'RECORDS_READ' },
    description:
      "Following endCursor from null misses nothing, ever. Apply every entry as an upsert, or a delete, by the record's id. A deletion of all data is " +
      'told by dataDeletionRequestedAt.',
    args: { entity: t.arg({ type: EntityType, required: true }), after: t.arg.string(), first: t.arg.int() },
    complexity: pageComplexity,
    resolve: async ({ id, key }, { entity, after, first }, { pool }) => {
      const limit = pageSize(first, 'first')
      const feed = { connectionId: id, entity }
      const cursor = after ?? null
      const above = parseChangeCursor(feed, cursor)
      const { changes, hasMore } = await readChanges(pool, { id, key }, entity, { after: above, limit })
      const last = changes.at(-1)
      if (last) return { changes, hasMore, endCursor: changeCursor(feed, last.sequence), dataDeletionRequestedAt: null }
      const [standing] = await changeStandings(pool, [feed])
      const { newest = 0n, deletionAskedAt = null } = standing ?? {}
      if (!deletionAskedAt && (above ?? 0n) > newest) throw new ChangeUnknown()
      return { changes, hasMore, endCursor: cursor, dataDeletionRequestedAt: deletionAskedAt }
    },
  }),
)
