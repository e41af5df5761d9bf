import { asSchema, type JsonObject, variantsOf } from './json-schema.ts'

/** Nothing given, but for the first of the forms that credentials may have. */
export function emptyCredentials(schema: unknown): JsonObject {
  const choice = variantsOf(asSchema(schema))
  const [first] = choice?.variants.keys() ?? []
  return choice && first !== undefined ? { [choice.by]: first } : {}
}
