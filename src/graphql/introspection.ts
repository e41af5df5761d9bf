import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Refuses questions about the schema, and keeps what validation would suggest of it to itself. `__typename` stays: clients need it. */
export function useNoIntrospection(): Plugin {
  return {
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
  const { nodes, extensions } = error
  return new GraphQLError(message, { nodes: nodes ?? null, extensions })
}
