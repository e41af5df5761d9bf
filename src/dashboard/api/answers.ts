import type { Client } from '@urql/core'

/** So that going back shows at once what was there; each page of each list is an answer. */
const mostAnswers = 24

const answersOf = new WeakMap<Client, Map<string, unknown>>()

/** The last answer to a question, if it is one of the newest. */
export const recall = (client: Client, question: string): unknown => answersOf.get(client)?.get(question)

export function remember(client: Client, question: string, answer: unknown) {
  const answers = answersOf.get(client) ?? new Map<string, unknown>()
  answersOf.set(client, answers)
  answers.delete(question)
  answers.set(question, answer)
  const [oldest] = answers.keys()
  if (answers.size > mostAnswers && oldest !== undefined) answers.delete(oldest)
}
