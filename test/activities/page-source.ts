import type { PlacedPage } from '../../src/activities/batches.ts'
import { createRowPacker } from '../../src/store/packed-row.ts'
import type { Page, SourceRecord } from '../../src/connectors/contract.ts'

/** Every record is mapped at once. */
export const atOnce = { digest: '00000000', canWait: false, packer: createRowPacker() }

/** A mapped record whose raw text weighs so many characters. */
export function mapped(
  externalId: string,
  { updated = null, weight = 10 }: { updated?: Date | null; weight?: number } = {},
): SourceRecord {
  return { raw: 'x'.repeat(weight), record: { externalId, sourceUpdatedAt: updated, fields: {} } }
}

export const rejectedRecord = (externalId: string): SourceRecord => ({ raw: '{}', rejected: 'it is bad', externalId })

export const pageOf = (cursor: string, records: SourceRecord[]): Page => ({ cursor, records: () => records })

export const manyMapped = (count: number, prefix: string, weight = 10) =>
  Array.from({ length: count }, (_, i) => mapped(`${prefix}${i}`, { weight }))

/** A source of pages that come when the test says so. */
export function controlledPages() {
  const waiting: ((result: IteratorResult<Page> | Promise<never>) => void)[] = []
  const ready: (IteratorResult<Page> | Promise<never>)[] = []
  const state = { asked: 0, returned: false }
  const give = (result: IteratorResult<Page> | Promise<never>) => {
    const taker = waiting.shift()
    if (taker) taker(result)
    else ready.push(result)
  }
  const pages: AsyncIterable<Page> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        state.asked += 1
        const next = ready.shift()
        return next ? Promise.resolve(next) : new Promise((resolve) => waiting.push(resolve))
      },
      return() {
        state.returned = true
        return Promise.resolve({ done: true, value: undefined })
      },
    }),
  }
  return {
    pages,
    state,
    page: (page: Page) => give({ done: false, value: page }),
    end: () => give({ done: true, value: undefined }),
    fail(error: Error) {
      const failure = Promise.reject(error)
      failure.catch(() => {})
      give(failure)
    },
  }
}

/** Pages of one reading in the order of their stamps, as a pass hands them on; what lies beyond `until` is not due. */
export function placed(pages: AsyncIterable<Page>, until: Date | null = null): AsyncIterable<PlacedPage> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = pages[Symbol.asyncIterator]()
      return {
        async next() {
          const { done, value } = await iterator.next()
          if (done) return { done: true, value: undefined }
          const isLast = (earliest: Date | null) => earliest !== null && until !== null && earliest > until
          return { done: false, value: { page: value, place: { after: value.cursor }, isLast } }
        },
        async return() {
          await iterator.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
