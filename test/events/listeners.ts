import type { Querier } from '../../src/store/line.ts'

const listening = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`

/** The backends of those who hear this database's announcements. */
export async function listeners(db: Querier): Promise<number[]> {
  const { rows } = await db.query<{ pid: number }>(`SELECT pid ${listening}`)
  return rows.map(({ pid }) => pid)
}

/** They come back by themselves, after a gap. */
export async function endListeners(db: Querier): Promise<void> {
  await db.query(`SELECT pg_terminate_backend(pid) ${listening}`)
}
