import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLField,
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
import { type Attempt, auditEntry } from '../operations/audited.ts'
import { insertAudit } from '../store/audit.ts'
import { auditActions } from './audit-actions.ts'
import type { Context } from './context.ts'
import { demandsOf, meets } from './demands.ts'
import { forbidden } from './errors.ts'
import { isStoreId, parseNodeId } from './node-id.ts'

interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  variableValues?: Record<string, unknown> | null | undefined
}

/**
 * Refuses a mutation before it does anything when its answer could not be given: when it selects a field that cannot be null and that its caller
 * may not read. Refused afterwards, the field would take the whole payload with it, a token that is shown once included. The audit log has the first of
 * what an operation tried: a hundred aliases must not make a hundred entries that nobody can delete.
 */
export function useMutationScopes(): Plugin<Pick<Context, 'session' | 'pool'>> {
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const { session, pool } = args.contextValue
      const { errors, refused } = unreadable(args, session.caller)
      if (errors.length === 0) return
      setResultAndStopExecution({ errors })
      if (refused) await insertAudit(pool, auditEntry(session.caller, refused, 'FORBIDDEN'))
    },
  }
}

interface Refusal {
  errors: GraphQLError[]
  /** What was tried first. */
  refused: Attempt | null
}

function unreadable({ schema, document, operationName, variableValues }: Operation, caller: Caller): Refusal {
  const errors: GraphQLError[] = []
  let refused: Refusal['refused'] = null
  const operation = getOperationAST(document, operationName)
  const root = operation?.operation === 'mutation' ? schema.getMutationType() : null
  if (!operation || !root) return { errors, refused }
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {})
  if (!coerced) return { errors, refused } // execution says what is wrong with them, and does nothing
  const given: Record<string, unknown> = coerced
  const seen = new Set<string>()
  let mutation: FieldNode | undefined

  function refuse(what: string, path: readonly string[]) {
    errors.push(forbidden(what, path))
    const field = mutation && root?.getFields()[mutation.name.value]
    const action = field && auditActions[field.name]
    if (!action || !mutation) return
    refused ??= { action, target: targetOf(field, mutation, given) }
  }

  function look(parent: GraphQLCompositeType, { selections }: SelectionSetNode, path: readonly string[]) {
    for (const selection of selections) {
      if (!isIncluded(selection, given)) continue
      if (selection.kind === Kind.FIELD) {
        const field = isUnionType(parent) ? undefined : parent.getFields()[selection.name.value]
        if (!field) continue // __typename
        if (parent === root) mutation = selection
        const at = [...path, (selection.alias ?? selection.name).value]
        const demands = isNonNullType(field.type) ? demandsOf(field) : undefined
        if (demands && !meets(caller, demands)) {
          refuse(`${parent.name}.${field.name}`, at)
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
  return { errors, refused }
}

/** The id of what the input names; null where it names nothing, or nothing that has an id here. */
function targetOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown>,
): string | null {
  try {
    const { input } = getArgumentValues(field, node, variables) as { input?: Record<string, unknown> } // every mutation's only argument
    const named = input?.['connectionId'] ?? input?.['syncRunId'] ?? input?.['id']
    const given = typeof named === 'string' ? parseNodeId(named)?.id : undefined
    return given !== undefined && isStoreId(given) ? given : null
  } catch {
    return null // the input is not what the schema says
  }
}

function isIncluded(selection: SelectionNode, variables: Record<string, unknown>): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables)
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables)
  return skip?.['if'] !== true && include?.['if'] !== false
}
