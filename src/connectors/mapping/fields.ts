import type { z } from 'zod'
import { fieldInfo } from '../../model/field.ts'
import { ConfigurationInvalid } from '../errors.ts'
import { isObject, type JsonObject } from '../json-pages.ts'
import { coercions, NotCoercible, toDecimal, toEnum, toText } from './coerce.ts'
import type { FieldMapping, FieldSource, MappedPath } from './field-mapping.ts'
import { compilePath, type ReadPath } from './path.ts'

/** A record whose value does not fit the field that it is mapped to. */
export class RecordRejected extends Error {}

/** Reads a field from a record; `header` is the record around a line. Undefined leaves the field absent. */
type ReadField = (source: JsonObject, header: JsonObject | undefined) => unknown
type ReadFields = (source: JsonObject, header: JsonObject | undefined) => Record<string, unknown>

interface Place {
  readonly at: readonly string[]
  /** Source path of the list whose elements are mapped, with its slash; empty for the record itself. */
  readonly prefix: string
  /** Collects every source path that is read. */
  readonly paths: MappedPath[]
  /** The header's own currency, for the amounts of lines. */
  readonly readCurrency: ReadPath | undefined
}

export function compileFields(model: z.ZodObject, mapping: FieldMapping, place: Place): ReadFields {
  for (const name of Object.keys(mapping)) {
    if (!Object.hasOwn(model.shape, name)) throw wrong(`There is no field ${name} in the model.`, [...place.at, name])
  }
  const own = mapping['currency']
  const currency = Object.hasOwn(model.shape, 'currency') && typeof own === 'string' ? compilePath(own) : undefined
  const inner = { ...place, readCurrency: currency ?? place.readCurrency }
  const steps = Object.entries(model.shape).flatMap(([name, schema]) => {
    const source = mapping[name]
    if (source !== undefined)
      return [{ name, read: compileField(name, fieldInfo(schema), source, inner, currency !== undefined) }]
    const worded = name.endsWith('Raw') ? mapping[name.slice(0, -3)] : undefined
    return worded === undefined ? [] : [{ name, read: scalar(track(pathOf(worded), undefined, inner), toText) }]
  })
  return (source, header) => {
    const fields: Record<string, unknown> = {}
    for (const { name, read } of steps) {
      try {
        const value = read(source, header)
        if (value !== undefined) fields[name] = value
      } catch (error) {
        if (error instanceof NotCoercible) throw new RecordRejected(`${name}: ${error.message}`)
        if (error instanceof RecordRejected) throw new RecordRejected(`${name}${error.message}`)
        throw error
      }
    }
    return fields
  }
}

function compileField(
  name: string,
  info: ReturnType<typeof fieldInfo>,
  source: FieldSource,
  place: Place,
  hasOwnCurrency: boolean,
): ReadField {
  const at = [...place.at, name]
  const read = (path: string, ...key: string[]) => track(path, [...at, ...key], place)
  switch (info.kind) {
    case 'list': {
      if (typeof source === 'string' || !('fields' in source))
        throw wrong(`${name} is a list: map it with { from, fields }.`, at)
      const from = read(source.from, 'from')
      const prefix = `${place.prefix}${source.from}/`
      return list(from, compileFields(info.of, source.fields, { ...place, at: [...at, 'fields'], prefix }))
    }
    case 'enum': {
      const values = typeof source === 'object' && 'values' in source ? source.values : undefined
      for (const [word, value] of Object.entries(values ?? {})) {
        if (!info.values.includes(value)) throw wrong(`${name} has no value ${value}.`, [...at, 'values', word])
      }
      return scalar(read(pathOf(source)), toEnum(info.values, values ?? {}))
    }
    case 'money': {
      if (typeof source === 'string') return money(read(source), currencyOf(place, hasOwnCurrency))
      if (!('amount' in source)) throw wrong(`${name} is an amount: map it with a path or { amount, currency }.`, at)
      const unit = source.currency === undefined ? undefined : read(source.currency, 'currency')
      return money(read(source.amount, 'amount'), unit ?? currencyOf(place, hasOwnCurrency))
    }
    case 'quantity': {
      if (typeof source === 'string') return measured('value', read(source), 'uom', () => null)
      if (!('value' in source)) throw wrong(`${name} is a quantity: map it with a path or { value, uom }.`, at)
      const unit = source.uom === undefined ? () => null : read(source.uom, 'uom')
      return measured('value', read(source.value, 'value'), 'uom', unit)
    }
    default:
      if (typeof source !== 'string') throw wrong(`${name} is mapped with a path.`, at)
      return scalar(read(source), coercions[info.kind])
  }
}

function currencyOf(place: Place, hasOwn: boolean): ReadField {
  const read = place.readCurrency
  if (!read) return () => null
  return hasOwn || place.prefix === '' ? read : (_line, header) => header && read(header)
}

function money(readAmount: ReadPath, readCurrency: ReadField): ReadField {
  return measured('amount', readAmount, 'currency', readCurrency)
}

function measured(valueKey: string, readValue: ReadPath, unitKey: string, readUnit: ReadField): ReadField {
  return (source, header) => {
    const value = readValue(source)
    if (value === undefined) return undefined
    const decimal = value === null ? null : toDecimal(value)
    if (decimal === null) return null
    const unit = readUnit(source, header) ?? null
    return { [valueKey]: decimal, [unitKey]: unit === null ? null : toText(unit).trim() || null }
  }
}

function scalar(read: ReadPath, coerce: (value: unknown) => unknown): ReadField {
  return (source) => {
    const value = read(source)
    return value === undefined || value === null ? value : coerce(value)
  }
}

function list(read: ReadPath, element: ReadFields): ReadField {
  return (source) => {
    const value = read(source)
    if (value === undefined || value === null) return value
    if (!Array.isArray(value)) throw new NotCoercible(value, 'a list')
    return value.map((item: unknown, i) => {
      if (!isObject(item)) throw new RecordRejected(`[${i}]: is not an object`)
      try {
        return element(item, source)
      } catch (error) {
        throw error instanceof RecordRejected ? new RecordRejected(`[${i}].${error.message}`) : error
      }
    })
  }
}

function pathOf(source: FieldSource): string {
  if (typeof source === 'string') return source
  if ('from' in source) return source.from
  return 'amount' in source ? source.amount : source.value
}

/** Compiles the path; `at` undefined: it is noted already under another field. */
function track(path: string, at: readonly string[] | undefined, place: Place): ReadPath {
  if (at) place.paths.push({ at, path: place.prefix + path })
  return compilePath(path)
}

function wrong(message: string, path: readonly string[]) {
  return new ConfigurationInvalid(message, { path })
}
