import { z } from 'zod'
import type { EntityType } from './entity-type.ts'

/** What GraphQL, the field mapping and the docs need to know of a field beside its zod schema. */
export type FieldInfo = { description: string } & (
  | { kind: 'text' | 'integer' | 'float' | 'boolean' | 'decimal' | 'date' | 'dateTime' | 'texts' }
  | { kind: 'enum'; typeName: string; values: readonly string[] }
  | { kind: 'money' | 'quantity' }
  | { kind: 'reference'; to: EntityType; as: string }
  | { kind: 'list'; typeName: string; of: z.ZodObject }
)

const infos = new WeakMap<object, FieldInfo>()

/** The info of a field of an entity's schema. */
export function fieldInfo(schema: z.core.$ZodType): FieldInfo {
  const info = infos.get(schema)
  if (!info) throw new Error('A field of the model must be made with the functions of src/model/field.ts.')
  return info
}

// Absent leaves what is stored, null clears it: every field may be either.
function field<T extends z.ZodType>(schema: T, info: FieldInfo) {
  const nullish = schema.nullish()
  infos.set(nullish, info)
  return nullish
}

const decimalText = z.string().regex(/^-?\d{1,20}(\.\d{1,18})?$/, 'is not a decimal number')
const isoDateTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'is not a UTC date and time')
const money = z.object({ amount: decimalText, currency: z.string().max(3).nullable() })
const quantity = z.object({ value: decimalText, uom: z.string().max(40).nullable() })

export const text = (description: string) => field(z.string().max(100_000), { kind: 'text', description })
export const texts = (description: string) => field(z.array(z.string().max(1_000)), { kind: 'texts', description })
export const integer = (description: string) =>
  field(z.int().min(-2_147_483_648).max(2_147_483_647), { kind: 'integer', description })
export const boolean = (description: string) => field(z.boolean(), { kind: 'boolean', description })
/** An exact decimal, as a string; never a float. */
export const decimal = (description: string) => field(decimalText, { kind: 'decimal', description })
/** YYYY-MM-DD. */
export const date = (description: string) =>
  field(z.string().regex(/^\d{4}-\d\d-\d\d$/, 'is not a date'), { kind: 'date', description })
/** UTC, ISO 8601. */
export const dateTime = (description: string) => field(isoDateTime, { kind: 'dateTime', description })
/** { amount, currency }: an exact decimal and an ISO 4217 code where the source tells it. */
export const moneyField = (description: string) => field(money, { kind: 'money', description })
/** { value, uom }: an exact decimal and the source's unit of measure. */
export const quantityField = (description: string) => field(quantity, { kind: 'quantity', description })

export const list = <S extends z.ZodRawShape>(typeName: string, of: z.ZodObject<S>, description: string) =>
  field(z.array(of), { kind: 'list', typeName, of, description })

/** A normalised value and, beside it under `<name>Raw`, the source's own. */
export function enumeration<const N extends string, const V extends readonly [string, ...string[]]>(
  name: N,
  typeName: string,
  values: V,
  description: string,
) {
  const normalised = field(z.enum(values), { kind: 'enum', typeName, values, description })
  const raw = text(`The source's own value of ${name}, as it spells it.`)
  // a computed key widens to string; the pair of names is what callers rely on
  return { [name]: normalised, [`${name}Raw`]: raw } as { [K in N]: typeof normalised } & {
    [K in `${N}Raw`]: typeof raw
  }
}

/** The source's key of another record, under `<name>ExternalId`; GraphQL adds `<name>`, the record itself where it is synced. */
export function reference<const N extends string>(name: N, to: EntityType, description: string) {
  const key = field(z.string().max(1_000), { kind: 'reference', to, as: name, description })
  // a computed key widens to string; the name is what callers rely on
  return { [`${name}ExternalId`]: key } as { [K in `${N}ExternalId`]: typeof key }
}
