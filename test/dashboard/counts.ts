import type { Counts } from '../../src/store/event-append.ts'

/** Of a run that has read so many records, and of which nothing else is told. */
export const countsOf = (fetched: number): Counts => ({
  fetched,
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  heldDeletes: 0,
})
