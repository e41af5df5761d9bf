import { setMaxListeners } from 'node:events'
import { SourceError, WindowRefused } from '../connectors/errors.ts'
import type { FencedRun } from '../store/entity-run-fence.ts'
import { chainsOf, isHeavy } from './chains.ts'
import type { Windows } from './checkpoint.ts'
import { floorTo } from './clock-steps.ts'
import type { OpenRun, Window } from './open-run.ts'

/** So many windows of like size that the chains end at about the same time; not so many that half-filled last pages count. */
const mostWindows = 16
const pagesInWindow = 8
/** What a plan may cost: it is to save time. */
const mostQuestions = 64
const pagesForQuestion = 4
const mostPlanningMs = 30_000
/** The first moments asked about: each leaves so much of the time behind the one before it, as most stamps of a system in use are recent. */
const firstMoments = Array.from({ length: 15 }, (_, i) => 0.6 ** (i + 1))
/** Then so many times closer than the records would need if they were evenly spread; once, where the questions do not reach for twice. */
const finenesses = [2, 1]
const mostParts = 16
/** A little more than its share is not worth a question. */
const tolerance = 1.5

const minuteMs = 60_000

export interface PlanContext {
  run: FencedRun
  open: OpenRun
  window: Window
  signal: AbortSignal
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
  const { run, open, window } = context
  const total = window.estimatedTotal
  const chains = chainsOf(open)
  if (run.mode === 'INCREMENTAL' || total === null || chains < 2) return null
  const enough = new AbortController()
  const signal = AbortSignal.any([context.signal, enough.signal, AbortSignal.timeout(mostPlanningMs)])
  setMaxListeners(0, signal) // every question that is under way or waits for its turn listens
  try {
    const first = await firstPage({ ...context, signal }, settled)
    if (!first) return null
    const pages = total / first.records
    const windowCount = Math.min(mostWindows, Math.floor(pages / pagesInWindow))
    if (windowCount < 2) return null
    const questions = Math.min(mostQuestions, Math.floor(pages / pagesForQuestion))
    const bounds = await cut({ ...context, signal }, first.stamp, settled, { most: total / windowCount, questions })
    if (bounds.length < 2) return null
    return { bounds: [window.start, ...bounds].map((it) => it?.toISOString() ?? null), chains, next: 0, open: {} }
  } catch (error) {
    context.signal.throwIfAborted()
    // a source that cannot answer, or asks to slow down, can still be read in one go; what stands against that is met there
    if (signal.aborted || error instanceof SourceError) return null
    throw error
  } finally {
    // questions that are still under way have no use any more
    enough.abort()
  }
}

async function firstPage({ run, open, window, signal }: PlanContext, until: Date) {
  const pages = open.source.readWindow?.(run.entity, { from: window.start, until, after: null, signal }) ?? []
  for await (const page of pages) {
    if (isHeavy(page)) return null
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

/** The ends of windows that hold about `most` records each, as far as whole minutes and so many questions tell them apart. */
async function cut(
  { run, open, signal }: PlanContext,
  first: Date,
  settled: Date,
  { most, questions }: { most: number; questions: number },
): Promise<Date[]> {
  let moments = recentMoments(first, settled, Math.ceil(questions / 2))
  let cuts = await asked([first, ...moments, settled])
  for (let left = questions - moments.length; ; left -= moments.length) {
    moments = momentsWithin(cuts, most, left)
    if (moments.length === 0) break
    cuts = [...cuts, ...(await asked(moments))].sort((a, b) => a.at.getTime() - b.at.getTime())
  }
  return joined(cuts, most)

  function asked(moments: readonly Date[]): Promise<Cut[]> {
    return Promise.all(
      moments.map(async (at) => {
        const behind = await open.source.count(run.entity, at, signal)
        if (behind === null) throw new WindowRefused('The source does not count what it counted before.')
        return { at, behind }
      }),
    )
  }
}

function recentMoments(first: Date, settled: Date, most: number): Date[] {
  const span = settled.getTime() - first.getTime()
  const moments = firstMoments.slice(0, most).map((part) => settled.getTime() - span * part)
  return ascending(moments, first).filter((moment) => moment < settled)
}

/** Where to cut the parts that hold too much: as closely as `left` questions allow, and where they do not reach for all, the fullest. */
function momentsWithin(cuts: readonly Cut[], most: number, left: number): Date[] {
  const parts = cuts.slice(1).map((until, i) => ({ from: cuts[i] ?? until, until }))
  const fullest = parts.toSorted((a, b) => countOf(b) - countOf(a))
  const closest = finenesses.map((fineness) => fullest.map((part) => momentsBetween(part, most, fineness)))
  const chosen = closest.find((it) => it.flat().length <= left) ?? closest.at(-1) ?? []
  return chosen.reduce((all, it) => (all.length + it.length > left ? all : [...all, ...it]), [])
}

interface Part {
  from: Cut
  until: Cut
}

const countOf = ({ from, until }: Part) => from.behind - until.behind

function momentsBetween({ from, until }: Part, most: number, fineness: number): Date[] {
  const count = countOf({ from, until })
  if (count <= most * tolerance) return []
  const parts = Math.min(mostParts, Math.ceil(count / most) * fineness)
  const start = from.at.getTime()
  const step = (until.at.getTime() - start) / parts
  return ascending(
    Array.from({ length: parts - 1 }, (_, i) => start + step * (i + 1)),
    from.at,
  )
}

/** Whole minutes, each once, behind `from`. */
function ascending(moments: readonly number[], from: Date): Date[] {
  const whole = moments.map((moment) => floorTo(new Date(moment), minuteMs))
  return whole.filter((moment, i) => moment > (whole[i - 1] ?? from) && moment > from)
}

/** Where windows end: neighbours that hold no more together than one may are one, and so is an empty one with the one before it. */
function joined(cuts: readonly Cut[], most: number): Date[] {
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
