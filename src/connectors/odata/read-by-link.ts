import { AnswerInvalid, ConfigurationInvalid } from '../errors.ts'
import { writeCursor } from './cursor.ts'
import type { EntityPlan } from './plan.ts'
import { selection, windowFilter } from './query.ts'
import type { ReadInput, ReadPage } from './read-by-key.ts'
import { readRecord } from './record.ts'
import type { Service } from './service.ts'

/**
 * Reads in the service's own order and follows its links as they are. No order is asked for: the services' own is
 * mostly that of the key, in which a modified record stays in its place, while links that count records in the order of
 * their stamps lose some when one moves. Records that are deleted meanwhile may still shift the rest.
 */
export async function* readByLink(
  service: Service,
  plan: EntityPlan,
  input: ReadInput,
  from: string | null,
): AsyncGenerator<ReadPage, void> {
  const prefer = { prefer: `odata.maxpagesize=${input.pageSize}` }
  const request = (url: URL) => service.page(url, input.signal, prefer)
  const first = service.url(plan.config.set, selection(plan, windowFilter(plan, input.since)))
  const resumed = from === null ? undefined : service.link(from, service.base)
  const seen = new Set<string>([(resumed ?? first).href])
  let pending = resumed ? request(resumed).catch((error) => startOver(error, () => request(first))) : request(first)
  for (;;) {
    const { url, records, next } = await pending
    const nextLink = next === null ? null : service.link(next, url)
    if (nextLink) {
      if (seen.has(nextLink.href)) throw new AnswerInvalid(`${plan.config.set} links its pages in a circle.`)
      seen.add(nextLink.href)
      pending = request(nextLink)
      // whoever stops reading does not wait for a request that is under way
      pending.catch(() => {})
    }
    const cursor = writeCursor(nextLink ? { link: nextLink.pathname + nextLink.search } : { done: true, byKey: false })
    if (records.length > 0) yield { cursor, records: records.map(readRecord) }
    if (!nextLink) return
  }
}

/** A link that the service no longer knows: the set is read again from its start. */
function startOver<T>(error: unknown, begin: () => Promise<T>): Promise<T> {
  const status = error instanceof ConfigurationInvalid ? error.status : undefined
  if (status === 400 || status === 404 || status === 410) return begin()
  throw error
}
