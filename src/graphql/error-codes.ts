import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { withCode } from './errors.ts'

/** The executor's own refusals (variables that are missing or of another type) come by no resolver: they get their code here. */
export function useErrorCodes(): Plugin {
  const coded = ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
    const { errors, ...rest } = (result ?? {}) as ExecutionResult // an iterator of results has no errors of its own
    if (errors) setResult({ ...rest, errors: errors.map(codedError) })
  }
  return {
    onExecute: () => ({ onExecuteDone: coded }),
    onSubscribe: () => ({ onSubscribeResult: coded }),
  }
}

function codedError(error: GraphQLError): GraphQLError {
  const cause = error.originalError
  return !cause || cause instanceof GraphQLError ? withCode(error) : error
}
