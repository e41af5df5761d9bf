import type pg from 'pg'
import { markUsed, type NotedUse } from '../store/credentials.ts'
import type { UnnotedUse } from '../store/usable-secrets.ts'

/** Notes when credentials were used, of each at most once a minute. Not on the request's path: a use that goes unnoted costs nothing. */
export interface Uses {
  ofOne(table: NotedUse, credential: { id: string; lastUsedAt: Date | null }): void
  ofMany(uses: readonly UnnotedUse[]): void
}

const notedEveryMs = 60_000
const tables: readonly NotedUse[] = ['api_key', 'connection_token', 'browser_session']

export function createUses(pool: pg.Pool, onError: (error: Error) => void): Uses {
  return {
    ofOne(table, { id, lastUsedAt }) {
      if (lastUsedAt && Date.now() - lastUsedAt.getTime() < notedEveryMs) return
      markUsed(pool, table, [id]).catch(onError)
    },
    ofMany(uses) {
      for (const table of tables) {
        const ids = uses.filter((use) => use.table === table).map(({ id }) => id)
        if (ids.length > 0) markUsed(pool, table, ids).catch(onError)
      }
    },
  }
}
