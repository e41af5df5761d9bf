import { type DocumentNode, GraphQLError, Kind, visit } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isStorable } from '../store/storable-text.ts'
import { badInput } from './errors.ts'

interface Operation {
  document: DocumentNode
  variableValues?: unknown
}

interface StopExecution {
  args: Operation
  setResultAndStopExecution: (result: { errors: GraphQLError[] }) => void
}

/** As deep as any config is; deeper JSON would exhaust the stack of whoever reads it. */
const deepest = 64

/** Refuses texts that PostgreSQL cannot hold before anything runs, wherever in the variables or the document they stand. */
export function useInputText(): Plugin {
  function check({ args, setResultAndStopExecution }: StopExecution) {
    const error = unusableVariable(args.variableValues) ?? unusableLiteral(args.document)
    if (error) setResultAndStopExecution({ errors: [error] })
  }
  return { onExecute: check, onSubscribe: check }
}

const rule = 'A text holds neither NUL characters nor halves of surrogate pairs. Remove them.'

function unusableVariable(variables: unknown): GraphQLError | undefined {
  const open: { value: unknown; path: readonly string[] }[] = [{ value: variables, path: [] }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next
    if (typeof value === 'string') {
      if (!isStorable(value)) return badInput(`The text at ${path.join('.')} cannot be stored. ${rule}`)
      continue
    }
    if (typeof value !== 'object' || value === null) continue
    if (path.length > deepest) return badInput(`The variables are nested more than ${deepest} deep.`)
    for (const [name, inner] of Object.entries(value)) {
      if (!isStorable(name)) return badInput(`A name below ${path.join('.')} cannot be stored. ${rule}`)
      open.push({ value: inner, path: [...path, name] })
    }
  }
  return undefined
}

function unusableLiteral(document: DocumentNode): GraphQLError | undefined {
  let found: GraphQLError | undefined
  visit(document, {
    [Kind.STRING](node) {
      if (isStorable(node.value)) return
      found ??= new GraphQLError(`This text cannot be stored. ${rule}`, {
        nodes: node,
        extensions: { code: 'BAD_USER_INPUT' },
      })
    },
  })
  return found
}
