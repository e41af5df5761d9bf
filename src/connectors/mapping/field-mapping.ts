import { z } from 'zod'
import { fieldInfo } from '../../model/field.ts'

/** Where a unified field comes from, as a connection's config says it. */
export type FieldSource =
  | string
  | { readonly from: string; readonly fields: FieldMapping }
  | { readonly from: string; readonly values?: Readonly<Record<string, string>> | undefined }
  | { readonly amount: string; readonly currency?: string | undefined }
  | { readonly value: string; readonly uom?: string | undefined }

export interface FieldMapping {
  readonly [field: string]: FieldSource | undefined
}

/** A source path that the mapping reads, and the place in the config that names it. */
export interface MappedPath {
  readonly at: readonly string[]
  readonly path: string
}

export const sourcePath = z
  .string()
  .max(400)
  .regex(/^[^/\s][^/]*(\/[^/]+)*$/, 'is not a path like "name" or "level/name"')
  .meta({ description: 'Path of a value in the source record, "/" between levels.' })

/**
 * The config schema of a mapping onto these fields of the model: an unknown field or a wrong form is an issue with its
 * path.
 */
export function fieldMappingSchema(model: z.ZodObject): z.ZodType<FieldMapping> {
  const shape = Object.entries(model.shape).map(([name, field]) => {
    const info = fieldInfo(field)
    return [name, sourceSchema(info).optional().meta({ description: info.description })] as const
  })
  return z.strictObject(Object.fromEntries(shape))
}

function sourceSchema(info: ReturnType<typeof fieldInfo>): z.ZodType<FieldSource> {
  switch (info.kind) {
    case 'list':
      return z.strictObject({ from: sourcePath, fields: fieldMappingSchema(info.of) })
    case 'enum': {
      const values = z.record(z.string(), z.enum([...info.values]))
      return z.union([sourcePath, z.strictObject({ from: sourcePath, values: values.optional() })])
    }
    case 'money':
      return z.union([sourcePath, z.strictObject({ amount: sourcePath, currency: sourcePath.optional() })])
    case 'quantity':
      return z.union([sourcePath, z.strictObject({ value: sourcePath, uom: sourcePath.optional() })])
    default:
      return sourcePath
  }
}
