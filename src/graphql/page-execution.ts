import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import { confirmationHoldsMs } from '../events/direct-delivery.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'

/**
 * Executes the selection for a page of the change feed, with loaders of its own. Who has been sent a page goes on behind it, so it is answered whole,
 * or refused in words of ours (a field that the caller may not see), or not at all: an outage is waited for, and any other failure is thrown.
 */
export async function answerWhole(page: object, args: ExecutionArgs): Promise<ExecutionResult> {
  const context = args.contextValue as Context // made by createContext
  // the stream has just had the credential confirmed
  const confirmedAt = performance.now()
  return context.patience.through(async () => {
    const contextValue = { ...context, loaders: createLoaders(context) }
    const result = await execute({ ...args, rootValue: page, contextValue })
    const failure = result.errors?.map(causeOf).find((cause) => !(cause instanceof GraphQLError))
    if (failure) throw failure
    // it may have ended while the page was read
    if (performance.now() - confirmedAt > confirmationHoldsMs) await context.session.confirm()
    return result
  })
}

function causeOf(error: GraphQLError): Error {
  let cause: Error = error
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError
  return cause
}
