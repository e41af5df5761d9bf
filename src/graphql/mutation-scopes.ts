import {
  type DocumentNode,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  type GraphQLCompositeType,
  type GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isCompositeType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Caller } from '../auth/caller.ts'
import type { Context } from './context.ts'
import { demandsOf, meets } from './demands.ts'
import { forbidden } from './errors.ts'

interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  variableValues?: Record<string, unknown> | null | undefined
}

/**
 * Refuses a mutation before it does anything when its answer could not be given: when it selects a field that cannot be null and that its caller
 * may not read. Refused afterwards, the field would take the whole payload with it, a token that is shown once included.
 */
export function useMutationScopes(): Plugin<Pick<Context, 'session'>> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { session } = args.contextValue
      const errors = unreadable(args, session.caller)
      if (errors.length > 0) setResultAndStopExecution({ errors })
    },
  }
}

function unreadable({ schema, document, operationName, variableValues }: Operation, caller: Caller): GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  const root = operation?.operation === 'mutation' ? schema.getMutationType() : null
  if (!operation || !root) return []
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {})
  if (!coerced) return [] // execution says what is wrong with them, and does nothing
  const given: Record<string, unknown> = coerced
  const errors: GraphQLError[] = []
  const seen = new Set<string>()

  function look(parent: GraphQLCompositeType, { selections }: SelectionSetNode, path: readonly string[]) {
    for (const selection of selections) {
      if (!isIncluded(selection, given)) continue
      if (selection.kind === Kind.FIELD) {
        const field = isUnionType(parent) ? undefined : parent.getFields()[selection.name.value]
        if (!field) continue // __typename
        const at = [...path, (selection.alias ?? selection.name).value]
        const demands = isNonNullType(field.type) ? demandsOf(field) : undefined
        if (demands && !meets(caller, demands)) {
          errors.push(forbidden(`${parent.name}.${field.name}`, at))
          continue
        }
        const type = getNamedType(field.type)
        if (selection.selectionSet && isCompositeType(type)) look(type, selection.selectionSet, at)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        lookOn(selection.typeCondition?.name.value ?? parent.name, selection.selectionSet, path)
      } else if (!seen.has(selection.name.value)) {
        // once each, wherever it is spread: fragments of fragments would make the walk exponential
        seen.add(selection.name.value)
        const found = document.definitions.find(
          (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value,
        )
        if (found?.kind === Kind.FRAGMENT_DEFINITION) lookOn(found.typeCondition.name.value, found.selectionSet, path)
      }
    }
  }

  function lookOn(typeName: string, selected: SelectionSetNode, path: readonly string[]) {
    const type = schema.getType(typeName)
    if (isCompositeType(type)) look(type, selected, path)
  }

  if (isObjectType(root)) look(root, operation.selectionSet, [])
  return errors
}

function isIncluded(selection: SelectionNode, variables: Record<string, unknown>): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables)
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables)
  return skip?.['if'] !== true && include?.['if'] !== false
}
