import type { OperationDefinitionNode } from 'graphql'
import { type Answers, rememberNewest } from './answers.ts'

/** The answers of the operations that are followed, each forgotten with the last who follows it. */
export interface FollowedAnswers {
  /** The operation is the same object wherever the same document was sent: Yoga keeps what it has parsed. */
  follow(operation: OperationDefinitionNode): { answers: Answers; leave: () => void }
}

export function createFollowedAnswers(): FollowedAnswers {
  const followed = new Map<OperationDefinitionNode, { answers: Answers; followers: Set<object> }>()
  return {
    follow(operation) {
      const { answers, followers } = followed.get(operation) ?? { answers: rememberNewest(), followers: new Set() }
      const follower = {}
      followed.set(operation, { answers, followers: followers.add(follower) })
      return {
        answers,
        leave() {
          if (followers.delete(follower) && followers.size === 0) followed.delete(operation)
        },
      }
    },
  }
}
