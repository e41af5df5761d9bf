import { AnswerInvalid } from '../errors.ts'
import { literal } from './literal.ts'
import type { EntityPlan } from './plan.ts'
import { joinKey, keyOf, readRecord } from './record.ts'
import type { Service, SetPage } from './service.ts'

const maxFilterLength = 1_500
const maxKeys = 50

/** Asks by key which records are still in the set, as far as the config's own filter shows it. */
export async function existing(
  service: Service,
  plan: EntityPlan,
  externalIds: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const found = new Set<string>()
  const asked = new Map<string, string>()
  for (const id of externalIds) {
    const condition = keyCondition(plan, id)
    // a key part with a "|" in it cannot be told from two parts, and what is not known to be gone stays
    if (condition === 'ambiguous') found.add(id)
    else if (condition !== 'impossible') asked.set(id, condition)
  }
  for (const chunk of chunks([...asked])) {
    for (const id of await existingOf(service, plan, chunk, signal)) found.add(id)
  }
  return found
}

/** Asks again for what was missing until nothing more comes: a service may cap its answer without a word. */
async function existingOf(service: Service, plan: EntityPlan, chunk: [string, string][], signal: AbortSignal) {
  const found = new Set<string>()
  let missing = chunk
  while (missing.length > 0) {
    const keys = missing.map(([, condition]) => condition).join(' or ')
    const filter = plan.config.filter === undefined ? keys : `(${plan.config.filter}) and (${keys})`
    const $select = plan.key.map(({ path }) => path).join(',')
    let next: URL | null = service.url(plan.config.set, { $filter: filter, $select })
    const before = found.size
    while (next) {
      const page: SetPage = await service.page(next, signal)
      for (const raw of page.records) {
        const key = keyOf(plan.key, readRecord(raw).object ?? {})
        if (key) found.add(joinKey(key))
      }
      next = page.records.length > 0 && page.next !== null ? service.link(page.next, next) : null
    }
    if (found.size === before) break
    missing = missing.filter(([id]) => !found.has(id))
  }
  return found
}

/** `impossible`: no record of the set can have this id, for it has too few parts or one that is not of its type. */
function keyCondition(plan: EntityPlan, externalId: string): string {
  const parts = plan.key.length === 1 ? [externalId] : externalId.split('|')
  if (parts.length > plan.key.length) return 'ambiguous'
  if (parts.length < plan.key.length) return 'impossible'
  try {
    const equals = plan.key.map(({ path, property }, i) => `${path} eq ${literal(property, parts[i] ?? '')}`)
    return equals.length === 1 ? equals.join('') : `(${equals.join(' and ')})`
  } catch (error) {
    if (error instanceof AnswerInvalid) return 'impossible'
    throw error
  }
}

function* chunks(asked: readonly [string, string][]): Generator<[string, string][]> {
  let chunk: [string, string][] = []
  let length = 0
  for (const entry of asked) {
    const size = encodeURIComponent(entry[1]).length + ' or '.length
    if (chunk.length > 0 && (chunk.length === maxKeys || length + size > maxFilterLength)) {
      yield chunk
      chunk = []
      length = 0
    }
    chunk.push(entry)
    length += size
  }
  if (chunk.length > 0) yield chunk
}
