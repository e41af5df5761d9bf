import { AnswerInvalid, ConfigurationInvalid, SourceUnavailable } from '../errors.ts'
import { writeCursor } from './cursor.ts'
import type { EntityPlan } from './plan.ts'
import { type Bounds, type Position, pageQuery } from './query.ts'
import { keyOf, type ReadRecord, readRecord, stampOf } from './record.ts'
import type { Service, SetPage } from './service.ts'
import { isLater, tickAfter } from './stamp.ts'

/** The service cannot be read by key: it refuses the order or the filter, or does not keep the order. */
export class NotByKey extends Error {}

export interface ReadPage {
  readonly cursor: string
  readonly records: readonly ReadRecord[]
}

export interface ReadInput extends Bounds {
  readonly pageSize: number
  readonly signal: AbortSignal
}

/** Records without a stamp come first: whoever stops at the first page beyond a run's end has had them. */
export const firstPosition = (plan: EntityPlan): Position => {
  const stampedOnly = plan.stamp !== undefined && !plan.stamp.property.nullable
  return { part: stampedOnly ? 'stamped' : 'unstamped', stamp: null, key: null }
}

/** Records without a stamp are in no window. */
export const windowPosition: Position = { part: 'stamped', stamp: null, key: null }

/**
 * Reads in the order of (stamp, key), each page from behind the last record of the one before. A record modified
 * meanwhile moves behind what is read and comes again; nothing shifts, as it does with links that count records.
 *
 * A short page proves nothing, for services cap pages without a word; a part ends with an empty page, or with a short
 * one without a link from a service that has given links before.
 */
export async function* readByKey(
  service: Service,
  plan: EntityPlan,
  input: ReadInput,
  from: Position,
): AsyncGenerator<ReadPage, void> {
  const request = (at: Position) => {
    const url = service.url(plan.config.set, pageQuery(plan, input, at, input.pageSize))
    const page = service.page(url, input.signal).catch(refusal)
    // whoever stops reading does not wait for a request that is under way
    page.catch(() => {})
    return page
  }
  const seen = new Set<string>(from.key ? [fingerprint(from)] : [])
  let givesLinks = false
  let at = from
  let pending: Promise<SetPage> | undefined = request(at)
  while (pending) {
    const page: SetPage = await pending
    const ended = page.records.length === 0 || (givesLinks && !page.next && page.records.length < input.pageSize)
    givesLinks ||= page.next !== null
    const start = at
    if (page.records.length > 0) {
      const behind = positionBehind(plan, at.part, page.records)
      const advanced = !seen.has(fingerprint(behind))
      at = advanced ? behind : stepOver(plan, at, page, input.pageSize)
      seen.add(fingerprint(behind))
    }
    if (!ended) pending = request(at)
    else if (start.part === 'unstamped' && plan.stamp) {
      at = windowPosition
      pending = request(at)
    } else pending = undefined
    if (page.records.length === 0) continue
    const records = page.records.map(readRecord)
    if (start.part === 'stamped') checkOrder(plan, start, records)
    yield { cursor: writeCursor(pending ? { position: at } : { done: true, byKey: true }), records }
  }
}

function refusal(error: unknown): never {
  const status = error instanceof ConfigurationInvalid || error instanceof SourceUnavailable ? error.status : undefined
  if (status === 400 || status === 501) throw new NotByKey()
  throw error
}

const fingerprint = ({ part, stamp, key }: Position) => JSON.stringify([part, stamp, key])

function positionBehind(plan: EntityPlan, part: Position['part'], records: readonly string[]): Position {
  const { object } = readRecord(records.at(-1) ?? '')
  const key = object && keyOf(plan.key, object)
  if (!key)
    throw new AnswerInvalid(`${plan.config.set} has a record without a key, so that reading cannot go on behind it.`)
  if (part === 'unstamped') return { part, stamp: null, key }
  const stamp = stampOf(plan.stamp, object)
  // what was asked for is stamped records only
  if (stamp === null) throw new NotByKey()
  return { part, stamp, key }
}

/**
 * A page that ends where an earlier one did. Some services store more digits of a stamp than they show, so that the
 * record that was read last is "later" than its own stamp and comes again: reading then goes on at the next stamp that
 * can be shown. Anything else would be read for ever.
 */
function stepOver(plan: EntityPlan, at: Position, page: SetPage, pageSize: number): Position {
  const hidden =
    at.stamp !== null &&
    at.key !== null &&
    at.stamp.length > 'YYYY-MM-DD'.length &&
    page.next === null &&
    page.records.length < pageSize &&
    page.records.every((raw) => stampOf(plan.stamp, readRecord(raw).object ?? {}) === at.stamp)
  if (hidden && at.stamp !== null) return { part: 'stamped', stamp: tickAfter(at.stamp), key: null }
  throw new AnswerInvalid(`${plan.config.set} answers the request for the next page with the page before it.`)
}

function checkOrder(plan: EntityPlan, start: Position, records: readonly ReadRecord[]) {
  let last = start.stamp
  for (const { object } of records) {
    if (!object) continue
    const stamp = stampOf(plan.stamp, object)
    if (stamp === null || (last !== null && isLater(last, stamp))) throw new NotByKey()
    last = stamp
  }
}
