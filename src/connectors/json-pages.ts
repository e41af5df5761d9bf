import { LosslessNumber, parse as parseLossless } from 'lossless-json'
import { AnswerInvalid } from './errors.ts'

export type JsonObject = Record<string, unknown>

export interface SlicedPage {
  /** The elements' texts, as received. */
  readonly records: string[]
  /** The object around the array, with the array left empty. */
  readonly envelope: JsonObject
}

/**
 * Cuts an answer `{ …, "<property>": [ … ], … }` into the texts of the array's elements, without parsing them: each is
 * kept as received, and one broken record does not cost the others.
 */
export function slicePage(text: string, property: string): SlicedPage {
  const start = arrayStart(text, property)
  const records: string[] = []
  let at = skipSpace(text, start + 1)
  while (text.charCodeAt(at) !== closeBracket) {
    const end = skipValue(text, at)
    records.push(text.slice(at, end))
    at = skipSpace(text, end)
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1)
    else if (text.charCodeAt(at) !== closeBracket) throw broken()
  }
  const envelope = parseJson(text.slice(0, start + 1) + text.slice(at))
  if (!isObject(envelope)) throw broken()
  return { records, envelope }
}

// Sixteen digits or more are what a double may not hold. The first expression is written out for speed (the engine can
// then look ahead; 7 times faster than {16}) and also sees strings; the second decides.
const manyDigits = /[\d.][\d.][\d.][\d.][\d.][\d.][\d.][\d.][\d.]{8}/
const longNumber = /[:[,\s]-?\d[\d.]{15}/

/** Parses JSON; a number that a double cannot hold comes as a LosslessNumber with its digits as received. */
export function parseJson(text: string): unknown {
  try {
    return manyDigits.test(text) && longNumber.test(text) ? parseLossless(text, null, exactNumber) : JSON.parse(text)
  } catch {
    throw broken()
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber)
}

function exactNumber(text: string): number | LosslessNumber {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
  return digits.length <= 15 ? Number(text) : new LosslessNumber(text)
}

const quote = 34
const comma = 44
const colon = 58
const openBracket = 91
const backslash = 92
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

function broken() {
  return new AnswerInvalid('The source answered with JSON that is broken or cut off.')
}

function arrayStart(text: string, property: string): number {
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== openBrace) throw new AnswerInvalid('The source did not answer with a JSON object.')
  at = skipSpace(text, at + 1)
  while (text.charCodeAt(at) === quote) {
    const nameEnd = skipString(text, at)
    const isProperty = text.slice(at + 1, nameEnd - 1) === property
    at = skipSpace(text, nameEnd)
    if (text.charCodeAt(at) !== colon) throw broken()
    at = skipSpace(text, at + 1)
    if (isProperty && text.charCodeAt(at) === openBracket) return at
    at = skipSpace(text, skipValue(text, at))
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1)
  }
  throw new AnswerInvalid(`The source answered with JSON that has no list "${property}".`)
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
    at += 1
  }
}

/** The end of the string whose quote stands at `from`. */
function skipString(text: string, from: number): number {
  let at = from
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) throw broken()
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return at + 1
  }
}

/** The end of the value that begins at `from`. Brackets are counted, not matched: parsing the record does that. */
function skipValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = skipString(text, at)
      if (depth === 0) return at
      continue
    }
    if (code === openBrace || code === openBracket) depth += 1
    else if (code === closeBrace || code === closeBracket) {
      if (depth === 0) return ended(from, at)
      depth -= 1
      if (depth === 0) return at + 1
    } else if (depth === 0 && (code === comma || code <= 32)) return ended(from, at)
    at += 1
  }
  throw broken()
}

function ended(from: number, at: number): number {
  if (at === from) throw broken()
  return at
}
