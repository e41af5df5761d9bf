/** What the API's schemas of config and credentials use of JSON Schema. */
export interface JsonSchema {
  type?: string
  description?: string
  properties?: Record<string, JsonSchema>
  required?: readonly string[]
  enum?: readonly unknown[]
  const?: unknown
  oneOf?: readonly JsonSchema[]
  anyOf?: readonly JsonSchema[]
  items?: JsonSchema
  writeOnly?: boolean
  default?: unknown
  minimum?: number
  maximum?: number
}

export type JsonObject = Record<string, unknown>

/** A config as the API holds it. */
export const asObject = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as JsonObject

/** The API promises a JSON Schema there. */
export const asSchema = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as JsonSchema

export type FieldKind = 'text' | 'secret' | 'number' | 'flag' | 'choice' | 'fixed' | 'json'

export function kindOf(schema: JsonSchema): FieldKind {
  if (schema.const !== undefined) return 'fixed'
  if (schema.enum) return 'choice'
  if (schema.type === 'string') return schema.writeOnly ? 'secret' : 'text'
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  return schema.type === 'boolean' ? 'flag' : 'json'
}

/** The forms that an object may have, told apart by one constant property; null where it has but one. */
export function variantsOf({ oneOf, anyOf }: JsonSchema): { by: string; variants: Map<string, JsonSchema> } | null {
  const forms = oneOf ?? anyOf ?? []
  const by = Object.entries(forms[0]?.properties ?? {}).find(([, { const: fixed }]) => fixed !== undefined)?.[0]
  if (by === undefined) return null
  return { by, variants: new Map(forms.map((form) => [String(form.properties?.[by]?.const), form])) }
}

/** What a schema asks for at least, with nothing filled in: a start for writing JSON by hand. */
export function skeletonOf(schema: JsonSchema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.type === 'array') return [skeletonOf(schema.items ?? {})]
  if (schema.properties) {
    const properties = Object.entries(schema.properties)
    const wanted = schema.required ?? properties.slice(0, 1).map(([name]) => name)
    return Object.fromEntries(
      properties.filter(([name]) => wanted.includes(name)).map(([name, each]) => [name, skeletonOf(each)]),
    )
  }
  return schema.type === 'string' ? '' : {}
}

const capitals: Record<string, string> = { url: 'URL', api: 'API', id: 'ID', utc: 'UTC' }

/** "baseUrl" as a label: "Base URL". */
export function labelOf(property: string): string {
  const words = property
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
    .map((word) => capitals[word] ?? word)
    .join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
