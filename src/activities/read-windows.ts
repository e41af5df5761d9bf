import type { Page } from '../connectors/contract.ts'
import { WindowRefused } from '../connectors/errors.ts'
import type { PlacedPage } from './batches.ts'
import { isHeavy } from './chains.ts'
import type { Windows } from './checkpoint.ts'

export interface WindowInput {
  from: Date | null
  until: Date
  after: string | null
}

type Arrival = { index: number; pages: AsyncIterator<Page> } & ({ result: IteratorResult<Page> } | { error: unknown })

/**
 * Reads windows in several chains at once: each chain reads one to its end and takes the next that nobody has begun. Pages come as they
 * arrive; the place of each says where every chain stands when it and all before it are committed. A failure comes after every page that
 * has arrived. Leaving the loop early ends all chains.
 */
export async function* readWindows(
  from: Windows,
  /** How far a stamp may be shown from where it is. */
  precisionMs: number,
  read: (input: WindowInput) => AsyncIterable<Page>,
): AsyncGenerator<PlacedPage> {
  const chains = new Map<number, AsyncIterator<Page>>()
  // not Promise.race: each race would leave its page with the promise of the slowest chain
  const arrivals = createArrivals((it) => chains.get(it.index) === it.pages)
  const begun = Object.entries(from.open)
  let chainCount = from.chains
  let at = from

  const pull = (index: number, pages: AsyncIterator<Page>) =>
    void pages.next().then(
      (result) => arrivals.add({ index, pages, result }),
      (error: unknown) => arrivals.add({ index, pages, error }),
    )
  const begin = (index: number, after: string | null) => {
    const pages = read({ ...windowAt(from, index), after })[Symbol.asyncIterator]()
    chains.set(index, pages)
    pull(index, pages)
  }
  const beginMore = () => {
    while (chains.size < chainCount) {
      const open = begun.shift()
      if (open) begin(Number(open[0]), open[1])
      else if (at.next < from.bounds.length - 1) {
        const index = at.next
        at = { ...at, next: index + 1, open: { ...at.open, [index]: null } }
        begin(index, null)
      } else return
    }
  }
  const end = (index: number) => {
    const { [index]: _, ...open } = at.open
    at = { ...at, open }
    leave(index)
  }
  const leave = (index: number) => {
    const pages = chains.get(index)
    chains.delete(index)
    // not awaited: it settles when the request under way does
    void pages?.return?.()?.catch(() => {})
  }

  try {
    for (beginMore(); chains.size > 0; beginMore()) {
      const arrival = await arrivals.take()
      if (!arrival) continue
      if ('error' in arrival) throw arrival.error
      const { index, result } = arrival
      if (result.done) {
        end(index)
        continue
      }
      if (isHeavy(result.value)) chainCount = 1
      at = { ...at, open: { ...at.open, [index]: result.value.cursor } }
      const window = windowAt(from, index)
      yield {
        page: result.value,
        place: { windows: at },
        isLast(earliest) {
          if (earliest === null) return false
          if (index > 0 && window.from && earliest.getTime() < window.from.getTime() - precisionMs) throw notFiltered()
          // the filter's upper end is not relied on: pages come in the order of their stamps
          if (earliest.getTime() > window.until.getTime() + precisionMs) {
            end(index)
            arrivals.lookAgain()
          }
          return false
        },
      }
      const pages = chains.get(index)
      if (pages) pull(index, pages)
    }
  } finally {
    for (const index of chains.keys()) leave(index)
  }
}

/** What has come from the chains, pages before failures; what comes from a chain that has ended is nobody's. */
function createArrivals(isAwaited: (arrival: Arrival) => boolean) {
  let waiting: Arrival[] = []
  let wake = () => {}
  return {
    add(arrival: Arrival) {
      waiting.push(arrival)
      wake()
    },
    /** Null when it was to look again and nothing is there. */
    async take(): Promise<Arrival | null> {
      if (!waiting.some(isAwaited)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      waiting = waiting.filter(isAwaited)
      const first = waiting.find((it) => 'result' in it) ?? waiting[0] ?? null
      waiting = waiting.filter((it) => it !== first)
      return first
    },
    /** The chain that is waited for may have ended: its reader hears of a page's stamps after it has asked for the next. */
    lookAgain: () => wake(),
  }
}

function windowAt({ bounds }: Windows, index: number): { from: Date | null; until: Date } {
  const [from = null, until = null] = bounds.slice(index, index + 2)
  if (until === null) throw new Error(`window ${index} has no end`)
  return { from: from === null ? null : new Date(from), until: new Date(until) }
}

const notFiltered = () =>
  new WindowRefused('The source answers a window of stamps with records that were modified before it.')
