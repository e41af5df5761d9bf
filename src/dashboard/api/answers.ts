import type { Client } from '@urql/core'

/** So that going back shows at once what was there; each page of each list is an answer. */
const mostAnswers = 24

interface Remembered {
  data: unknown
  /** As performance.now() tells it. */
  askedAt: number
}

const answersOf = new WeakMap<Client, Map<string, Remembered>>()

/** The last answer to a question, if it is one of the newest; `D` is what the question's document answers. */
export const recall = <D>(client: Client, question: string): { data: D; askedAt: number } | null =>
  (answersOf.get(client)?.get(question) as { data: D; askedAt: number } | undefined) ?? null // remembered under its question

export function remember(client: Client, question: string, answer: Remembered) {
  const answers = answersOf.get(client) ?? new Map<string, Remembered>()
  answersOf.set(client, answers)
  answers.delete(question)
  answers.set(question, answer)
  const [oldest] = answers.keys()
  if (answers.size > mostAnswers && oldest !== undefined) answers.delete(oldest)
}
