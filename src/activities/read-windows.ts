import type { Page } from '../connectors/contract.ts'
import { WindowRefused } from '../connectors/errors.ts'
import type { PlacedPage } from './batches.ts'
import type { Windows } from './checkpoint.ts'

export interface WindowInput {
  from: Date | null
  until: Date
  after: string | null
}

interface Chain {
  pages: AsyncIterator<Page>
  next: Promise<{ index: number; result: IteratorResult<Page> }>
}

/**
 * Reads windows in several chains at once: each chain reads one to its end and takes the next that nobody has begun. Pages come as they
 * arrive; the place of each says where every chain stands when it and all before it are committed. Leaving the loop early ends all chains.
 */
export async function* readWindows(
  from: Windows,
  chainCount: number,
  /** How far a stamp may be shown from where it is. */
  precisionMs: number,
  read: (input: WindowInput) => AsyncIterable<Page>,
): AsyncGenerator<PlacedPage> {
  const chains = new Map<number, Chain>()
  let at = from

  const pull = (index: number, pages: AsyncIterator<Page>) => {
    const next = pages.next().then((result) => ({ index, result }))
    next.catch(() => {}) // thrown where it is awaited; an early leave must not make it an unhandled rejection
    chains.set(index, { pages, next })
  }
  const begin = (index: number, after: string | null) =>
    pull(index, read({ ...windowAt(from, index), after })[Symbol.asyncIterator]())
  const beginNext = () => {
    while (chains.size < chainCount && at.next < from.bounds.length - 1) {
      begin(at.next, null)
      at = { ...at, next: at.next + 1, open: { ...at.open, [at.next]: null } }
    }
  }
  const end = (index: number) => {
    const { [index]: _, ...open } = at.open
    at = { ...at, open }
    // not awaited: it settles when the request under way does
    void chains
      .get(index)
      ?.pages.return?.()
      ?.catch(() => {})
    chains.delete(index)
  }

  try {
    for (const [index, after] of Object.entries(at.open)) begin(Number(index), after)
    for (beginNext(); chains.size > 0; beginNext()) {
      const { index, result } = await Promise.race([...chains.values()].map((chain) => chain.next))
      if (result.done) {
        end(index)
        continue
      }
      at = { ...at, open: { ...at.open, [index]: result.value.cursor } }
      const window = windowAt(from, index)
      yield {
        page: result.value,
        place: { windows: at },
        isLast(earliest) {
          if (earliest === null) return false
          if (index > 0 && window.from && earliest.getTime() < window.from.getTime() - precisionMs) throw notFiltered()
          // the filter's upper end is not relied on: pages come in the order of their stamps
          if (earliest.getTime() > window.until.getTime() + precisionMs) end(index)
          return false
        },
      }
      const chain = chains.get(index)
      if (chain) pull(index, chain.pages)
    }
  } finally {
    for (const index of chains.keys()) end(index)
  }
}

function windowAt({ bounds }: Windows, index: number): { from: Date | null; until: Date } {
  const [from = null, until = null] = bounds.slice(index, index + 2)
  if (until === null) throw new Error(`window ${index} has no end`)
  return { from: from === null ? null : new Date(from), until: new Date(until) }
}

const notFiltered = () =>
  new WindowRefused('The source answers a window of stamps with records that were modified before it.')
