import { createComplexityRule } from '@pothos/plugin-complexity'
import { type DocumentNode, GraphQLError, type GraphQLSchema, Source, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { checkFields, checkNesting, type DocumentLimits } from './document-limits.ts'
import { tooComplex, withCode } from './errors.ts'

/** What one operation may ask for. Set so that realistic nested queries pass and abusive ones do not: both are tested. */
export interface QueryLimits extends DocumentLimits {
  /** About the number of objects that the answer may hold. */
  complexity: number
  depth: number
  /** Fields of the whole document, fragments counted at each use. */
  breadth: number
}

export const defaultLimits: QueryLimits = {
  complexity: 100_000,
  depth: 16,
  breadth: 1_000,
  tokens: 10_000,
  nesting: 100,
  fields: 1_000,
  aliases: 100,
  introspections: 4,
}

interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  variableValues?: Record<string, unknown> | null | undefined
  contextValue?: unknown
}

/** Refuses too large operations before they run, subscriptions too, with QUERY_TOO_COMPLEX. */
export function useQueryLimits(limits: QueryLimits = defaultLimits): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source: unknown, options: object | undefined) => parseWithin(limits, parseFn, source, options))
    },
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error) => (error instanceof GraphQLError ? refusalOf(error) : error)))
      }
    },
    onExecute({ args, setResultAndStopExecution }) {
      const errors = excesses(args, limits)
      if (errors.length > 0) setResultAndStopExecution({ errors })
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const errors = excesses(args, limits)
      if (errors.length > 0) setResultAndStopExecution({ errors })
    },
  }
}

/** graphql-js gives up on its own where comparing the selected fields with one another would take too long. */
function refusalOf(error: GraphQLError): GraphQLError {
  if (error.message !== 'Validation aborted.') return withCode(error)
  return tooComplex(
    'The document selects too many fields to be checked. Select fewer, or split it into several requests.',
  )
}

function parseWithin(
  limits: QueryLimits,
  parse: (source: unknown, options: object) => DocumentNode,
  source: unknown,
  options: object | undefined,
) {
  try {
    if (typeof source === 'string' || source instanceof Source) checkNesting(source, limits)
    const document = parse(source, { ...options, maxTokens: limits.tokens })
    checkFields(document, limits)
    return document
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes('tokens')) {
      throw tooComplex(`The document has more than ${limits.tokens} tokens. Split it into several requests.`)
    }
    throw error instanceof GraphQLError ? withCode(error) : error
  }
}

function excesses({ schema, document, operationName, variableValues, contextValue }: Operation, limits: QueryLimits) {
  const complexity = createComplexityRule({
    context: contextValue as object, // Yoga types the context as unknown; ours is always an object
    variableValues: variableValues ?? {},
    operationName: operationName ?? null,
    validate: (found, report) => {
      for (const measure of ['complexity', 'depth', 'breadth'] as const) {
        if (found[measure] > limits[measure]) report(tooComplex(excess(measure, found[measure], limits[measure])))
      }
    },
  })
  return validate(schema, document, [complexity])
}

const advice = {
  complexity: 'It is about the number of objects in the answer: ask for smaller pages (first) or fewer nested lists.',
  depth: 'Read deeper objects in a second request, by their ids.',
  breadth: 'Select fewer fields, or split the query.',
} as const

function excess(measure: keyof typeof advice, found: number, limit: number): string {
  return `The ${measure} of this operation is ${found}; at most ${limit} is served. ${advice[measure]}`
}
