import { type ExecutionResult, GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Refuses questions about the schema, and keeps what validation and execution would suggest of it to themselves. `__typename` stays: clients need it. */
export function useNoIntrospection(): Plugin {
  // variables are first read when an operation is executed
  const silenced = ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
    const { errors, ...rest } = (result ?? {}) as ExecutionResult // an iterator of results has no errors of its own
    if (errors) setResult({ ...rest, errors: errors.map(unhinted) })
  }
  return {
    onExecute: () => ({ onExecuteDone: silenced }),
    onSubscribe: () => ({ onSubscribeResult: silenced }),
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule)
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error) => (error instanceof GraphQLError ? unhinted(error) : error)))
      }
    },
  }
}

function unhinted(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean .+$/s, '')
  if (message === error.message) return error
  const { nodes = null, path = null, extensions } = error
  return new GraphQLError(message, { nodes, path, extensions })
}
