import type { Database } from './database.ts'

/** Slots for each key, so that few of them lie where another should. */
const room = 1.5
/** Rows of seen_batch read at once: a few milliseconds of work. */
const rowsAtOnce = 5

/** Keys that a run has met, as their 8-byte hashes; 12 bytes each, made without a second copy. */
export interface SeenKeys {
  /** A hash that two keys share can only spare a record from deletion. */
  has(hash: Buffer): boolean
}

/** The keys that a run has met in these passes. Other work goes on while they are read. */
export async function seenKeys(db: Database, entityRunId: string, passes: readonly number[]): Promise<SeenKeys> {
  const { rows } = await db.pool.query<{ n: number }>(
    'SELECT COALESCE(sum(octet_length(hashes)) / 8, 0)::float8 AS n FROM seen_batch WHERE entity_run_id = $1 AND pass = ANY($2)',
    [entityRunId, passes],
  )
  const table = createTable(rows[0]?.n ?? 0)
  let at = { pass: -1, batch: -1 }
  for (;;) {
    const { rows: batches } = await db.pool.query<{ pass: number; batch: number; hashes: Buffer }>(
      `SELECT pass, batch, hashes FROM seen_batch
       WHERE entity_run_id = $1 AND pass = ANY($2) AND (pass, batch) > ($3, $4) ORDER BY pass, batch LIMIT $5`,
      [entityRunId, passes, at.pass, at.batch, rowsAtOnce],
    )
    for (const { hashes } of batches) {
      for (let i = 0; i < hashes.length; i += 8) table.add(hashes.readUInt32BE(i), hashes.readUInt32BE(i + 4))
    }
    const last = batches.at(-1)
    if (!last || batches.length < rowsAtOnce) break
    at = last
  }
  return { has: (hash) => table.has(hash.readUInt32BE(0), hash.readUInt32BE(4)) }
}

/** A set of pairs of 32-bit numbers, by open addressing. The pair of zeros stands for an empty slot, and counts as held. */
function createTable(most: number) {
  const slots = Math.ceil(most * room) + 1
  const pairs = new Uint32Array(slots * 2)

  /** The slot that holds the pair, or the empty one where it would be. */
  function slotOf(high: number, low: number): number {
    for (let slot = low % slots; ; slot = (slot + 1) % slots) {
      const there = pairs[slot * 2]
      const beside = pairs[slot * 2 + 1]
      if ((there === high && beside === low) || (there === 0 && beside === 0)) return slot * 2
    }
  }

  return {
    add(high: number, low: number) {
      const slot = slotOf(high, low)
      pairs[slot] = high
      pairs[slot + 1] = low
    },
    has(high: number, low: number): boolean {
      const slot = slotOf(high, low)
      return pairs[slot] === high && pairs[slot + 1] === low
    },
  }
}
