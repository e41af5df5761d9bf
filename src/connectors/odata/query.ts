import { literal } from './literal.ts'
import type { Column, EntityPlan } from './plan.ts'
import { windowStart } from './stamp.ts'

/**
 * Where reading by key stands: behind this record of this part of the set. `stamped` holds the records that have a
 * stamp, ordered by (stamp, key); `unstamped` the others, by key. Without a key, reading stands before the first record
 * of that stamp.
 */
export interface Position {
  readonly part: 'stamped' | 'unstamped'
  readonly stamp: string | null
  readonly key: readonly string[] | null
}

export type QueryOptions = Readonly<Record<string, string>>

/**
 * The filter of a window over the whole set; undefined: everything. A record without a stamp belongs to every window.
 */
export function windowFilter(plan: EntityPlan, since: Date | null): string | undefined {
  const { stamp } = plan
  if (!stamp || !since) return all([plan.config.filter])
  const within = `${stamp.path} ge ${windowStart(stamp.property, since)}`
  const unstamped = stamp.property.nullable ? all([`${stamp.path} eq null`, createdWithin(plan, since)]) : undefined
  return all([plan.config.filter, unstamped === undefined ? within : `${within} or (${unstamped})`])
}

/** What reading by key is limited to. */
export interface Bounds {
  readonly since: Date | null
  /** For records with a stamp, in place of `since`. */
  readonly stampedFrom?: Date | null
  /** Exclusive, likewise. */
  readonly until?: Date
}

/** The request for the page behind a position. */
export function pageQuery(plan: EntityPlan, bounds: Bounds, at: Position, pageSize: number): QueryOptions {
  const order = at.part === 'stamped' && plan.stamp ? [plan.stamp, ...plan.key] : plan.key
  const filter = at.part === 'stamped' ? stampedFilter(plan, bounds, at) : unstampedFilter(plan, bounds.since, at)
  return {
    ...selection(plan, all([plan.config.filter, filter])),
    $orderby: order.map(({ path }) => path).join(','),
    $top: String(pageSize),
  }
}

export function selection(plan: EntityPlan, filter: string | undefined): QueryOptions {
  const options: Record<string, string> = {}
  if (filter !== undefined) options['$filter'] = filter
  if (plan.config.expand !== undefined) options['$expand'] = plan.config.expand
  return options
}

function stampedFilter(plan: EntityPlan, bounds: Bounds, at: Position): string | undefined {
  const { stamp } = plan
  if (!stamp) return undefined
  const before = bounds.until && `${stamp.path} lt ${windowStart(stamp.property, bounds.until)}`
  return all([behindStamp(plan, stamp, bounds.stampedFrom ?? bounds.since, at), before])
}

function behindStamp(plan: EntityPlan, stamp: Column, since: Date | null, at: Position): string | undefined {
  if (at.stamp === null) {
    if (since) return `${stamp.path} ge ${windowStart(stamp.property, since)}`
    return stamp.property.nullable ? `${stamp.path} ne null` : undefined
  }
  // the stamp goes back as the source wrote it: digits below the millisecond decide what is behind it
  const from = literal(stamp.property, at.stamp)
  if (!at.key) return `${stamp.path} ge ${from}`
  // with `ge` in front a database can walk its index; it says the same as gt or (eq and behind the key)
  return `${stamp.path} ge ${from} and (${stamp.path} gt ${from} or (${behindKey(plan.key, at.key)}))`
}

function unstampedFilter(plan: EntityPlan, since: Date | null, at: Position): string | undefined {
  return all([
    plan.stamp && `${plan.stamp.path} eq null`,
    plan.stamp && since ? createdWithin(plan, since) : undefined,
    at.key ? behindKey(plan.key, at.key) : undefined,
  ])
}

function createdWithin({ created, stamp }: EntityPlan, since: Date): string | undefined {
  if (!created || created === stamp) return undefined
  const within = `${created.path} ge ${windowStart(created.property, since)}`
  return created.property.nullable ? `${within} or ${created.path} eq null` : within
}

function behindKey(columns: readonly Column[], values: readonly string[]): string {
  const [column, ...rest] = columns
  if (!column) return 'false'
  const value = literal(column.property, values[0] ?? '')
  if (rest.length === 0) return `${column.path} gt ${value}`
  return `${column.path} ge ${value} and (${column.path} gt ${value} or (${behindKey(rest, values.slice(1))}))`
}

function all(filters: readonly (string | undefined)[]): string | undefined {
  const given = filters.filter((it) => it !== undefined)
  return given.length < 2 ? given[0] : given.map((it) => `(${it})`).join(' and ')
}
