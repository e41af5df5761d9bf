import { SourceError, WindowRefused } from '../connectors/errors.ts'
import { defaultLimits } from '../connectors/limits.ts'
import type { Windows } from './checkpoint.ts'
import { floorTo } from './clock-steps.ts'
import type { PassContext } from './read-pass.ts'

/** More gain little: a few requests under way hide a source's latency. */
const mostChains = 4
/** What two pages may weigh together: a source with pages this large is quick enough in one chain. */
const mostWeight = 4 * 1024 * 1024
/** So many windows of like size that the chains end at about the same time; not so many that half-filled last pages count. */
const mostWindows = 16
const pagesInWindow = 8
/** Rounds of questions: the first takes the records as evenly spread, the others look closer. So many lead from two centuries to hours. */
const mostRounds = 5
const closer = 4
const mostParts = 16
/** A little more than its share is not worth a question. */
const tolerance = 1.5

const minuteMs = 60_000
const dayMs = 86_400_000

export type PlanContext = Pick<PassContext, 'run' | 'open' | 'window' | 'signal'>

/** How many chains may read at once: as many as the connection's limiter lets go out, for each has one request under way. */
export function chainsOf({ open }: Pick<PassContext, 'open'>): number {
  const limits = open.connector.limits?.(open.config) ?? defaultLimits
  return Math.min(mostChains, limits.maxInFlight)
}

/**
 * Cuts what an initial sync or a full re-sync has to read into windows of the modified stamp, up to `settled`, the latest stamp under which
 * nothing new becomes visible; null where reading in one go is as good or the source does not allow it. A record that is modified meanwhile
 * leaves its window for what is read behind the last one, so that no window can bring an older state after a newer.
 *
 * The source's own counts say where to cut: a day of migration, or one record of the year 1900, would make equal parts of time useless. Where
 * most records carry one stamp, one chain reads those.
 */
export async function planWindows(context: PlanContext, settled: Date): Promise<Windows | null> {
  const { run, window } = context
  const total = window.estimatedTotal
  if (run.mode === 'INCREMENTAL' || total === null || chainsOf(context) < 2) return null
  try {
    const first = await firstPage(context, settled)
    if (!first) return null
    const windowCount = Math.min(mostWindows, Math.floor(total / first.records / pagesInWindow))
    if (windowCount < 2) return null
    const bounds = await cut(context, first.stamp, settled, total / windowCount)
    if (bounds.length < 2) return null
    return { bounds: [window.start, ...bounds].map((it) => it?.toISOString() ?? null), next: 0, open: {} }
  } catch (error) {
    // a source that cannot answer, or asks to slow down, can still be read in one go; what stands against that is met there
    if (context.signal.aborted || !(error instanceof SourceError)) throw error
    return null
  }
}

async function firstPage({ run, open, window, signal }: PlanContext, until: Date) {
  const pages = open.source.readWindow?.(run.entity, { from: window.start, until, after: null, signal }) ?? []
  for await (const page of pages) {
    if ((page.bytes ?? 0) * 2 > mostWeight) return null
    const records = [...page.records()]
    const stamps = records.map((it) => ('record' in it ? it.record.sourceUpdatedAt : null)).filter((it) => it != null)
    const [stamp] = stamps.toSorted((a, b) => a.getTime() - b.getTime())
    return stamp ? { stamp, records: records.length } : null
  }
  return null
}

interface Cut {
  at: Date
  /** How many records are stamped there or later, as the source counts. */
  behind: number
}

/** The ends of windows that hold about `most` records each, as far as time tells them apart. */
async function cut({ run, open, signal }: PlanContext, first: Date, settled: Date, most: number): Promise<Date[]> {
  let cuts = await Promise.all([first, settled].map(ask))
  for (let round = 0; round < mostRounds; round++) {
    const between = cuts
      .slice(1)
      .flatMap((until, i) => momentsBetween(cuts[i] ?? until, until, most, round === 0 ? 1 : closer))
    if (between.length === 0) break
    cuts = [...cuts, ...(await Promise.all(between.map(ask)))].sort((a, b) => a.at.getTime() - b.at.getTime())
  }
  return ends(cuts, most)

  async function ask(at: Date): Promise<Cut> {
    const behind = await open.source.count(run.entity, at, signal)
    if (behind === null) throw new WindowRefused('The source does not count what it counted before.')
    return { at, behind }
  }
}

/** Where to cut what holds too much. Whole days where they are many, as some sources keep only dates; else minutes. */
function momentsBetween(from: Cut, until: Cut, most: number, fineness: number): Date[] {
  const count = from.behind - until.behind
  if (count <= most * tolerance) return []
  const parts = Math.min(mostParts, Math.ceil(count / most) * fineness)
  const step = (until.at.getTime() - from.at.getTime()) / parts
  const unit = step > 2 * dayMs ? dayMs : minuteMs
  const moments = Array.from({ length: parts - 1 }, (_, i) =>
    floorTo(new Date(from.at.getTime() + step * (i + 1)), unit),
  )
  return moments.filter((moment, i) => moment > (moments[i - 1] ?? from.at))
}

/** Neighbours that hold no more together than one may are one window. */
function ends(cuts: readonly Cut[], most: number): Date[] {
  const ends: Date[] = []
  let [from] = cuts
  for (const [i, until] of cuts.entries()) {
    const next = cuts[i + 1]
    if (from && next && (from.behind - next.behind <= most || until.behind === next.behind)) continue
    if (i > 0) ends.push(until.at)
    from = until
  }
  return ends
}
