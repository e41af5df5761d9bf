import type { EventFieldsFragment } from '../generated/documents.ts'
import { type Activity, activityAfter } from './activity.ts'

/** What events have told, to be shown beside an answer that may be older or newer. Moments are those of performance.now(). */
export interface Told {
  all: Activity
  /** Since the stream began for the last time: what happened before it may not have been told. */
  sinceLive: Activity
  liveAt: number
}

const nothing: Activity = new Map()

export const nothingTold: Told = { all: nothing, sinceLive: nothing, liveAt: Number.NEGATIVE_INFINITY }

/**
 * What counts beside an answer that was asked for at that moment. One from before the break knows no more than what was told, of which nothing may go
 * back; one from after it knows all that may have been missed.
 */
export const toldBeside = ({ all, sinceLive, liveAt }: Told, askedAt: number): Activity =>
  askedAt > liveAt ? sinceLive : all

export function toldAfter(
  { all, sinceLive, liveAt }: Told,
  events: readonly EventFieldsFragment[],
  shown: ReadonlySet<string>,
): Told {
  return { all: activityAfter(all, events, shown), sinceLive: activityAfter(sinceLive, events, shown), liveAt }
}

/** The stream begins anew, beside an answer that was asked for at that moment. */
export const liveAgain = (before: Told, askedAt: number, now: number): Told => ({
  all: toldBeside(before, askedAt),
  sinceLive: nothing,
  liveAt: now,
})
