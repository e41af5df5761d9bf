import { z } from 'zod'

/**
 * Where a run stands, committed with every batch.
 *
 * An INITIAL or INCREMENTAL run has one pass, `read`. A FULL_RESYNC reads everything, `again` where one enumeration does not prove absence,
 * then what `changed` meanwhile, and only then deletes what is gone.
 */
export const checkpoint = z.object({
  pass: z.enum(['read', 'again', 'changed', 'delete', 'done']),
  /** The connector's cursor behind the last committed page of this pass. */
  after: z.string().nullable(),
  /** The change sequence when the run started: records written later are not deleted by it. */
  startSeq: z.string(),
  /** The end of the `changed` pass in the source's clock. */
  changedUntil: z.string().nullable(),
})

export type Checkpoint = z.infer<typeof checkpoint>

export type ReadPass = 'read' | 'again' | 'changed'

export const passNumbers: Record<ReadPass, number> = { read: 1, again: 2, changed: 3 }
