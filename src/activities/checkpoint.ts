import { z } from 'zod'

/** Where reading by windows stands. Window i reaches from bounds[i], inclusive, to bounds[i + 1], exclusive. */
const windows = z.object({
  /** ISO 8601, ascending; the first null: from the first stamp on. */
  bounds: z.array(z.string().nullable()).min(2),
  /** How many may be read at once: fewer once the source has asked to slow down. */
  chains: z.int().min(1),
  /** The first window that no chain has begun. */
  next: z.int(),
  /** Windows begun and not ended: the connector's cursor behind the last committed page; null: none yet. */
  open: z.record(z.string(), z.string().nullable()),
})

/**
 * Where a run stands, committed with every batch.
 *
 * A run has one pass, `read`; before it, where most of the records can be read in several chains at once, `windows`. A FULL_RESYNC, and an INITIAL
 * of an entity of which something is stored, then read `again` where one enumeration does not prove absence, and what `changed` meanwhile, and only
 * then delete what is gone.
 */
export const checkpoint = z.object({
  pass: z.enum(['windows', 'read', 'again', 'changed', 'delete', 'done']),
  /** The connector's cursor behind the last committed page of this pass; in `delete` the last key that was judged. */
  after: z.string().nullable(),
  /** The change sequence when the run started: records written later are not deleted by it. */
  startSeq: z.string(),
  /** The end of the `changed` pass in the source's clock. */
  changedUntil: z.string().nullable(),
  windows: windows.nullable().default(null),
  /** The end of the last window: `read` reads on from there; null: nothing was read by windows. */
  stampedFrom: z.string().nullable().default(null),
  /** Whether the run has judged what is gone: what an earlier one held is overtaken by it. */
  judged: z.boolean().default(false),
})

export type Checkpoint = z.infer<typeof checkpoint>
export type Windows = z.infer<typeof windows>

export type ReadPass = 'windows' | 'read' | 'again' | 'changed'

/** Windows and what is read behind them are one enumeration. */
export const passNumbers: Record<ReadPass, number> = { windows: 1, read: 1, again: 2, changed: 3 }

/** What a checkpoint takes over when a page is committed. */
export type Place = Pick<Checkpoint, 'after'> | Pick<Checkpoint, 'windows'>
