import { execute, type ExecutionArgs, type ExecutionResult, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'

/** Set on a subscription field whose answer depends on the event and the selection alone, not on who asked or when. */
export const sameForAll = { sameForAll: true } as const

/** The newest events whose answers are remembered for an operation: who follows the same takes them at about the same time. */
const rememberedAnswers = 32
/** Of their texts together: a document may name its fields at any length. */
const rememberedCharacters = 256 * 1024

export type Answer = ExecutionResult | Promise<ExecutionResult>

/** Answers of one operation to the events of its source. */
export interface Answers {
  to(event: object, args: ExecutionArgs): Answer
  /** As the text of a message's payload, made once; null where it has to be awaited or holds errors. */
  textTo(event: object, args: ExecutionArgs): string | null
}

interface Remembered {
  answer: Answer
  text?: string | null
}

/** With loaders of its own, so that nothing is remembered from one page to the next. */
function answerAnew(event: object, args: ExecutionArgs): Answer {
  const context = args.contextValue as Context // made by createContext
  return execute({ ...args, rootValue: event, contextValue: { ...context, loaders: createLoaders(context) } })
}

/** Executes once for all who sent the same. */
export function rememberNewest(): Answers {
  const answers = new Map<object, Remembered>()
  let characters = 0

  function remembered(event: object, args: ExecutionArgs): Remembered {
    const known = answers.get(event)
    if (known) return known
    const made = { answer: answerAnew(event, args) }
    answers.set(event, made)
    forgetBeyond()
    return made
  }

  function forgetBeyond() {
    for (const [event, { text }] of answers) {
      if (answers.size <= rememberedAnswers && characters <= rememberedCharacters) return
      answers.delete(event)
      characters -= text?.length ?? 0
    }
  }

  return {
    to: (event, args) => remembered(event, args).answer,
    textTo(event, args) {
      const known = remembered(event, args)
      if (known.text === undefined) {
        known.text = isPlain(known.answer) ? JSON.stringify(known.answer) : null
        characters += known.text?.length ?? 0
        forgetBeyond()
      }
      return known.text
    },
  }
}

function isPlain(answer: Answer): answer is ExecutionResult {
  return !(answer instanceof Promise) && !answer.errors
}

export function isSameForAll(operation: OperationDefinitionNode, { schema, document }: ExecutionArgs): boolean {
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
