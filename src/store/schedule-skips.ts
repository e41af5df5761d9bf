import type { Database } from './database.ts'
import { appendEvents, lockGate } from './event-append.ts'
import { transaction } from './transaction.ts'

interface Skips {
  overlap: number
  missed: number
}

/** By key of the schedule. */
export type ToldSkips = Partial<Record<string, Skips>>

/**
 * Tells what a schedule has let fall beyond what was told of it: no run and no trigger shows that. A schedule that counts less than was told has been made
 * anew. Safe to repeat, anywhere at once.
 */
export async function tellSkips(
  db: Database,
  read: ToldSkips,
  { connectionId, key, summary, skips }: { connectionId: string; key: string; summary: string; skips: Skips },
): Promise<void> {
  if (isSame(read[key], skips)) return
  await transaction(db, async (client) => {
    if ((await lockGate(client, connectionId)) === 'DISCONNECTED') return
    const { rows } = await client.query<{ before: Skips | null }>(
      'SELECT schedule_skips->$2::text AS before FROM connection WHERE id = $1',
      [connectionId, key],
    )
    const before = rows[0]?.before ?? undefined
    if (isSame(before, skips)) return
    await client.query(
      'UPDATE connection SET schedule_skips = jsonb_set(schedule_skips, ARRAY[$2::text], $3::jsonb) WHERE id = $1',
      [connectionId, key, JSON.stringify(skips)],
    )
    const message = messageOf(summary, since(before?.overlap, skips.overlap), since(before?.missed, skips.missed))
    if (message !== null) await appendEvents(client, connectionId, [{ type: 'SYNC_SKIPPED', message }])
  })
}

const isSame = (told: Skips = { overlap: 0, missed: 0 }, { overlap, missed }: Skips) =>
  told.overlap === overlap && told.missed === missed

const since = (before = 0, now: number) => (now < before ? now : now - before)

function messageOf(schedule: string, overlap: number, missed: number): string | null {
  const why = [
    ...(overlap > 0 ? [`${overlap} because no worker had taken up the one before`] : []),
    ...(missed > 0 ? [`${missed} because Temporal was away for longer than they are made up for`] : []),
  ]
  if (why.length === 0) return null
  return `${schedule}: firings were skipped, ${why.join(' and ')}. The next sync reads what they would have read.`
}
