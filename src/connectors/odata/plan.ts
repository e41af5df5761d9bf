import { entities, type SyncedEntity } from '../../model/entities.ts'
import { ConfigurationInvalid } from '../errors.ts'
import { type CompiledMapping, compileMapping } from '../mapping/compile.ts'
import { compilePath, type ReadPath } from '../mapping/path.ts'
import type { EntityConfig } from './config.ts'
import { isOrderable } from './literal.ts'
import type { EdmProperty, EntityShape, Metadata } from './metadata.ts'

/** A property that requests and records are read by. */
export interface Column {
  readonly path: string
  readonly property: EdmProperty
  readonly read: ReadPath
}

/** How one entity is read: its config, checked against what the service says of the set. */
export interface EntityPlan {
  readonly entity: SyncedEntity
  readonly config: EntityConfig
  readonly shape: EntityShape
  readonly key: readonly Column[]
  /** Modified where the config has it, else created; undefined where it has neither. */
  readonly stamp: Column | undefined
  readonly created: Column | undefined
  readonly pagesByKey: boolean
  readonly mapping: CompiledMapping
}

/** Throws ConfigurationInvalid, with the place in the config, where the service lacks what the config names. */
export function createPlan(entity: SyncedEntity, config: EntityConfig, metadata: Metadata): EntityPlan {
  const at = ['entities', entity]
  const shape = metadata.get(config.set)
  if (!shape) throw new ConfigurationInvalid(`The service has no entity set ${config.set}.`, { path: [...at, 'set'] })

  const column = (path: string, place: readonly string[]): Column => {
    const found = shape.find(path)
    if (!found) throw new ConfigurationInvalid(`${config.set} has no property ${path}.`, { path: place })
    if (!found.property) {
      throw new ConfigurationInvalid(
        `${config.set} does not declare the type of ${path}, so it cannot be asked by it.`,
        { path: place },
      )
    }
    return { path, property: found.property, read: compilePath(path) }
  }
  const stampColumn = (name: 'modified' | 'created') => {
    const path = config[name]
    if (path === undefined) return undefined
    const it = column(path, [...at, name])
    if (it.property.type === 'Edm.DateTimeOffset' || it.property.type === 'Edm.Date') return it
    throw new ConfigurationInvalid(`${path} is ${it.property.type}, not a date and time.`, { path: [...at, name] })
  }

  const key = config.key.map((name, i) => column(name, [...at, 'key', String(i)]))
  const created = stampColumn('created')
  return {
    entity,
    config,
    shape,
    key,
    stamp: stampColumn('modified') ?? created,
    created,
    pagesByKey: key.every(({ property }) => isOrderable(property)),
    mapping: compileMapping(entities[entity], config.fields, [...at, 'fields']),
  }
}
