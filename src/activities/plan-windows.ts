import { AnswerInvalid, ConfigurationInvalid, SourceUnavailable, WindowRefused } from '../connectors/errors.ts'
import { defaultLimits } from '../connectors/limits.ts'
import type { Windows } from './checkpoint.ts'
import { floorTo } from './clock-steps.ts'
import type { PassContext } from './read-pass.ts'

/** More gain little: a few requests under way hide a source's latency. */
const mostChains = 4
/** What the pages in hand may weigh together: a source with pages this large is quick enough in one chain. */
const mostWeight = 4 * 1024 * 1024
/** So many windows of like size that the chains end at about the same time; not so many that half-filled last pages count. */
const mostWindows = 16
const pagesInWindow = 4
/** Rounds of questions: each halves the windows that hold too much. So many lead from two centuries to a minute. */
const mostRounds = 28

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
    if (!first || first.bytes * 2 > mostWeight) return null
    const windowCount = Math.min(mostWindows, Math.floor(total / first.records / pagesInWindow))
    if (windowCount < 2) return null
    const bounds = await cut(context, first.stamp, settled, total / windowCount)
    if (bounds.length < 2) return null
    return { bounds: [window.start, ...bounds].map((it) => it?.toISOString() ?? null), next: 0, open: {} }
  } catch (error) {
    if (context.signal.aborted || !isMissingAbility(error)) throw error
    return null
  }
}

/** A source that cannot answer such a question can still be read. */
const isMissingAbility = (error: unknown) =>
  error instanceof WindowRefused ||
  error instanceof SourceUnavailable ||
  error instanceof AnswerInvalid ||
  error instanceof ConfigurationInvalid

async function firstPage({ run, open, window, signal }: PlanContext, until: Date) {
  const pages = open.source.readWindow?.(run.entity, { from: window.start, until, after: null, signal }) ?? []
  for await (const page of pages) {
    const records = [...page.records()]
    const stamps = records.map((it) => ('record' in it ? it.record.sourceUpdatedAt : null)).filter((it) => it != null)
    const [stamp] = stamps.toSorted((a, b) => a.getTime() - b.getTime())
    return stamp ? { stamp, records: records.length, bytes: page.bytes ?? 0 } : null
  }
  return null
}

interface Cut {
  at: Date
  /** How many records are stamped there or later, as the source counts. */
  behind: number
}

/** The ends of windows that hold no more than `most` records each, as far as whole minutes tell them apart. */
async function cut({ run, open, signal }: PlanContext, first: Date, settled: Date, most: number): Promise<Date[]> {
  let cuts = await Promise.all([first, settled].map(ask))
  for (let round = 0; round < mostRounds; round++) {
    const middles = cuts.slice(1).map((end, i) => middleOf(cuts[i] ?? end, end))
    const asked = await Promise.all(middles.filter((it) => it !== null).map(ask))
    if (asked.length === 0) break
    cuts = [...cuts, ...asked].sort((a, b) => a.at.getTime() - b.at.getTime())
  }
  return ends(cuts, most)

  async function ask(at: Date): Promise<Cut> {
    const behind = await open.source.count(run.entity, at, signal)
    if (behind === null) throw new WindowRefused('The source does not count what it counted before.')
    return { at, behind }
  }

  /** Where to halve a window that holds too much; whole days where it is long, as some sources keep only dates. */
  function middleOf(from: Cut, until: Cut): Date | null {
    const width = until.at.getTime() - from.at.getTime()
    const middle = floorTo(new Date(from.at.getTime() + width / 2), width > 2 * dayMs ? dayMs : minuteMs)
    return from.behind - until.behind > most && middle > from.at ? middle : null
  }
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
