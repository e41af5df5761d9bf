import type { EntityDefinition } from '../../model/entity.ts'
import { ConfigurationInvalid } from '../errors.ts'
import type { JsonObject } from '../json-pages.ts'
import { compileFields, RecordRejected } from './fields.ts'
import type { FieldMapping, MappedPath } from './field-mapping.ts'

/** The unified fields of a source record, in the model's order; or why it has none. */
export type Mapped = { readonly fields: Record<string, unknown> } | { readonly rejected: string }

export interface CompiledMapping {
  map(source: JsonObject): Mapped
  readonly paths: readonly MappedPath[]
}

/**
 * Compiles a mapping into a function of source records. A path that a record lacks leaves the field absent, a null
 * stays null; what does not fit the model rejects the record with a reason that names field and kind, never the value.
 * `at` is where the mapping stands in the connection's config.
 */
export function compileMapping(
  entity: EntityDefinition,
  mapping: FieldMapping,
  at: readonly string[] = ['fields'],
): CompiledMapping {
  const paths: MappedPath[] = []
  const fill = compileFields(entity.schema, mapping, { at, prefix: '', paths, readCurrency: undefined })
  if (paths.length === 0) throw new ConfigurationInvalid(`${at.join('.')} maps no field.`, { path: at })
  return {
    paths,
    map(source) {
      try {
        const fields = fill(source, undefined)
        const issue = entity.misfit(fields)
        return issue ? { rejected: `${fieldName(issue.path)}: ${issue.message}` } : { fields }
      } catch (error) {
        if (error instanceof RecordRejected) return { rejected: error.message }
        throw error
      }
    },
  }
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`)).join('')
}
