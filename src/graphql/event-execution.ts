import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  type OperationDefinitionNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Outlet } from '../events/direct-delivery.ts'
import { type Answer, type Answers, isSameForAll, rememberNewest } from './answers.ts'
import type { Context } from './context.ts'
import { answerWhole } from './page-execution.ts'

/** Sends a payload to an operation's client, as Outlet.send. */
export type SendPayload = (payload: string, sent: () => void) => boolean

/**
 * Executes a subscription's selection for each event of its source. Where thousands have asked for the same with the same document, it is executed
 * once, and its live events go to those who can be sent to directly; where records are read, each page by itself.
 */
export function useEventExecution(): Plugin<{ sendPayload?: SendPayload }> {
  const answersOf = new WeakMap<OperationDefinitionNode, Answers>()

  async function subscribe(args: ExecutionArgs) {
    const operation = getOperationAST(args.document, args.operationName)
    const answers = operation && isSameForAll(operation, args) ? remembered(operation) : null
    const context = args.contextValue as Context & { sendPayload?: SendPayload } // made by createContext, for what the server was given
    const outlet = answers && context.sendPayload ? outletOf(answers, args, context.sendPayload) : null
    const source = await createSourceEventStream({ ...args, contextValue: { ...context, outlet } })
    if (!(Symbol.asyncIterator in source)) return source
    const answer = answers ? answers.to : answerWhole
    return mapped(source as AsyncIterableIterator<object>, (event) => answer(event, args)) // ours are never less than that
  }

  /** The operation is the same object wherever the same document was sent: Yoga keeps what it has parsed. */
  function remembered(operation: OperationDefinitionNode): Answers {
    const known = answersOf.get(operation) ?? rememberNewest()
    answersOf.set(operation, known)
    return known
  }

  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

function outletOf(answers: Answers, args: ExecutionArgs, sendPayload: SendPayload): Outlet {
  return {
    send(event, sent) {
      const payload = answers.textTo(event, args)
      return payload !== null && sendPayload(payload, sent)
    },
  }
}

/** return() and throw() reach the source, and so does an answer that could not be given. */
function mapped(
  source: AsyncIterableIterator<object>,
  answer: (event: object) => Answer,
): AsyncIterableIterator<ExecutionResult> {
  async function next(step: Promise<IteratorResult<object>>): Promise<IteratorResult<ExecutionResult>> {
    const { done, value } = await step
    if (done) return { done, value: undefined }
    try {
      return { done: false, value: await answer(value) }
    } catch (error) {
      await source.return?.()
      throw error
    }
  }
  return {
    next: () => next(source.next()),
    return: () => next(source.return?.() ?? Promise.resolve({ done: true, value: undefined })),
    throw: (error) => next(source.throw?.(error) ?? Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
