import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Outlet } from '../events/direct-delivery.ts'
import { type Answer, type Answers, isSameForAll } from './answers.ts'
import type { Context } from './context.ts'
import { createFollowedAnswers } from './followed-answers.ts'
import { answerWhole } from './page-execution.ts'

/** Sends a payload to an operation's client, as Outlet.send. */
export type SendPayload = (payload: string, sent: () => void) => boolean

/**
 * Executes a subscription's selection for each event of its source. Where thousands have asked for the same with the same document, it is executed
 * once, and its live events go to those who can be sent to directly; where records are read, each page by itself.
 */
export function useEventExecution(): Plugin<{ sendPayload?: SendPayload }> {
  const followed = createFollowedAnswers()

  async function subscribe(args: ExecutionArgs) {
    const operation = getOperationAST(args.document, args.operationName)
    const following = operation && isSameForAll(operation, args) ? followed.follow(operation) : null
    const leave = () => following?.leave()
    try {
      const source = await sourceOf(args, following?.answers ?? null)
      if (Symbol.asyncIterator in source) {
        const answer = following ? following.answers.to : answerWhole
        return mapped(source as AsyncIterableIterator<object>, (event) => answer(event, args), leave) // ours are never less than that
      }
      leave()
      return source
    } catch (error) {
      leave()
      throw error
    }
  }

  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

/** `answers`: of those who follow the same, which go to the socket directly where there is one. */
function sourceOf(args: ExecutionArgs, answers: Answers | null) {
  const context = args.contextValue as Context & { sendPayload?: SendPayload } // made by createContext, for what the server was given
  const outlet = answers && context.sendPayload ? outletOf(answers, args, context.sendPayload) : null
  return createSourceEventStream({ ...args, contextValue: { ...context, outlet } })
}

function outletOf(answers: Answers, args: ExecutionArgs, sendPayload: SendPayload): Outlet {
  return {
    send(event, sent) {
      const payload = answers.textTo(event, args)
      return payload !== null && sendPayload(payload, sent)
    },
  }
}

/** return() and throw() reach the source, and so does an answer that could not be given. However it ends, it is left. */
function mapped(
  source: AsyncIterableIterator<object>,
  answer: (event: object) => Answer,
  leave: () => void,
): AsyncIterableIterator<ExecutionResult> {
  async function next(step: Promise<IteratorResult<object>>): Promise<IteratorResult<ExecutionResult>> {
    try {
      const { done, value } = await step
      if (!done) return { done: false, value: await answer(value) }
    } catch (error) {
      leave()
      await source.return?.()
      throw error
    }
    leave()
    return { done: true, value: undefined }
  }
  return {
    next: () => next(source.next()),
    return() {
      leave()
      return next(source.return?.() ?? Promise.resolve({ done: true, value: undefined }))
    },
    throw: (error) => next(source.throw?.(error) ?? Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
