import { ConfigurationInvalid } from '../errors.ts'
import { selection } from './query.ts'
import type { EntityPlan } from './plan.ts'
import type { Service } from './service.ts'

/**
 * Throws ConfigurationInvalid where a mapped path is not in the service's schema, or lies behind a relation that is not
 * expanded.
 */
export function checkPaths({ config, shape, mapping }: EntityPlan) {
  const expanded = expandedRelations(config.expand ?? '')
  for (const { at, path } of mapping.paths) {
    const found = shape.find(path)
    if (!found) throw new ConfigurationInvalid(`${config.set} has no ${path}.`, { path: at })
    if (found.navigation !== undefined && !expanded.has(found.navigation)) {
      const message = `${path} is read only when ${found.navigation} is expanded: add it to expand.`
      throw new ConfigurationInvalid(message, { path: at })
    }
  }
}

/** Proves that records of the set can be read as they are going to be. Answers whether there is one. */
export async function checkRead(service: Service, plan: EntityPlan, signal: AbortSignal): Promise<boolean> {
  const { config, entity } = plan
  try {
    const first = service.url(config.set, { ...selection(plan, config.filter), $top: '1' })
    return (await service.page(first, signal)).records.length > 0
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid) || error.path.length > 0) throw error
    const unsure = [config.filter !== undefined && 'filter', config.expand !== undefined && 'expand'].filter(
      (it) => it !== false,
    )
    const suspects = ['set', ...unsure].join(', ')
    const message = `The service refuses to read ${config.set} (HTTP ${error.status}). Check ${suspects}.`
    const options = { path: ['entities', entity], cause: error }
    throw new ConfigurationInvalid(message, error.status === undefined ? options : { ...options, status: error.status })
  }
}

/** The names at the top level of an $expand: "lines($expand=part),vendor" expands lines and vendor. */
function expandedRelations(expand: string): Set<string> {
  let flat = expand
  for (let before = ''; before !== flat; ) {
    before = flat
    flat = flat.replace(/\([^()]*\)/g, '')
  }
  return new Set(flat.split(',').map((part) => part.trim().split('/')[0] ?? ''))
}
