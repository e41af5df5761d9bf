import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { answerWhole } from './page-execution.ts'

/** Set on a subscription field whose answer depends on the event and the selection alone, not on who asked or when. */
export const sameForAll = { sameForAll: true } as const

/** Answers to the newest events that one operation is remembered with: who follows the same takes them at about the same time. */
const rememberedAnswers = 32

type Answer = ExecutionResult | Promise<ExecutionResult>
type Answers = (event: object, args: ExecutionArgs) => Answer

/**
 * Executes a subscription's selection for each event of its source. Where thousands have asked for the same with the same document, it is executed
 * once; where records are read, each page by itself, so that nothing is remembered from one to the next.
 */
export function useEventExecution(): Plugin {
  const answersOf = new WeakMap<OperationDefinitionNode, Answers>()

  async function subscribe(args: ExecutionArgs) {
    const source = await createSourceEventStream(args)
    if (!(Symbol.asyncIterator in source)) return source
    const operation = getOperationAST(args.document, args.operationName)
    const answers = operation && isSameForAll(operation, args) ? remembered(operation) : answerWhole
    return mapped(source as AsyncIterableIterator<object>, (event) => answers(event, args)) // ours are never less than that
  }

  /** The operation is the same object wherever the same document was sent: Yoga keeps what it has parsed. */
  function remembered(operation: OperationDefinitionNode): Answers {
    const known = answersOf.get(operation) ?? rememberNewest()
    answersOf.set(operation, known)
    return known
  }

  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) }
}

function isSameForAll(operation: OperationDefinitionNode, { schema, document }: ExecutionArgs): boolean {
  const [field] = operation.selectionSet.selections
  if (field?.kind !== Kind.FIELD) return false
  const { extensions } = schema.getSubscriptionType()?.getFields()[field.name.value] ?? {}
  return extensions?.['sameForAll'] === true && !usesVariables(document, field.arguments ?? [])
}

/** Beyond the field's own arguments, which chose the source and have done their work. */
function usesVariables(document: ExecutionArgs['document'], done: readonly object[]): boolean {
  let uses = false
  visit(document, {
    VariableDefinition: () => false,
    Argument: (node) => (done.includes(node) ? false : undefined),
    Variable() {
      uses = true
    },
  })
  return uses
}

function rememberNewest(): Answers {
  const answers = new Map<object, Answer>()
  return (event, args) => {
    const known = answers.get(event)
    if (known) return known
    const answer = answerAnew(event, args)
    answers.set(event, answer)
    const [oldest] = answers.keys()
    if (answers.size > rememberedAnswers && oldest) answers.delete(oldest)
    return answer
  }
}

function answerAnew(event: object, args: ExecutionArgs): Answer {
  const context = args.contextValue as Context // made by createContext
  return execute({ ...args, rootValue: event, contextValue: { ...context, loaders: createLoaders(context) } })
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
