import DataLoader from 'dataloader'
import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import {
  type ChangeStanding,
  changeStandings,
  type FeedKey,
  readChanges,
  type RecordChanges,
} from '../store/record-changes.ts'
import type { RecordOwner } from '../store/record-read.ts'
import { ChangeUnknown, HistoryTakenBack } from './errors.ts'
import type { Guard } from './guard.ts'
import type { EventHub } from './hub.ts'
import type { Patience } from './outage.ts'
import { type Batch, liveStream, type Stream } from './stream.ts'

export interface ChangePage extends RecordChanges {
  feed: FeedKey
  /** The sequence from which the feed goes on behind this page; null: from its start. */
  reached: bigint | null
  /** Not null: all of it is to be deleted; nothing else is told. */
  deletionAskedAt: Date | null
}

/**
 * The change feed of an entity, live, in pages: the next one is read when the last was taken. Ends when nothing can follow: once all was told of a
 * connection that is disconnected, or its data are to be deleted. Throws ChangeUnknown when `after` lies beyond it.
 */
export interface ChangeStreams {
  of(
    owner: RecordOwner,
    entity: EntityType,
    from: { after: bigint | null; limit: number },
    guard: Guard,
    patience?: Patience,
  ): Promise<Stream<ChangePage>>
}

export function createChangeStreams({ pool, hub }: { pool: pg.Pool; hub: EventHub }): ChangeStreams {
  // one statement for all who are woken together
  const standings = new DataLoader<FeedKey, ChangeStanding>((keys) => changeStandings(pool, keys), { cache: false })
  return {
    async of(owner, entity, { after, limit }, guard, patience) {
      const feed = { connectionId: owner.id, entity }
      let cursor = after ?? 0n
      let reached = after
      const begin = await standings.load(feed)
      if (!begin.deletionAskedAt && cursor > begin.newest) throw new ChangeUnknown()

      async function read(): Promise<Batch<ChangePage>> {
        // asked before the page: what it says was committed is seen there
        const { newest, disconnected, deletionAskedAt } = await standings.load(feed)
        if (deletionAskedAt) {
          return { items: [{ feed, changes: [], hasMore: false, reached, deletionAskedAt }], more: false, last: true }
        }
        if (cursor > newest) throw new HistoryTakenBack()
        if (cursor === newest) return { items: [], more: false, last: disconnected }
        const page = await readChanges(pool, owner, entity, { after: cursor, limit })
        const last = page.changes.at(-1)
        cursor = last?.sequence ?? newest
        // without any the data have just been asked to be deleted, which the next look tells
        if (!last) return { items: [], more: true, last: false }
        reached = cursor
        return {
          items: [{ feed, ...page, reached, deletionAskedAt: null }],
          more: page.hasMore,
          last: disconnected && !page.hasMore,
        }
      }

      return liveStream({ hub, watched: { kind: 'changes', id: owner.id }, read, guard, patience })
    },
  }
}
