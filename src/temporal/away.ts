import { isGrpcServiceError, isRetryableError } from '@temporalio/client'

/** gRPC statuses CANCELLED and DEADLINE_EXCEEDED. */
const unanswered: ReadonlySet<number> = new Set([1, 4])

/** Whether a call failed because Temporal did not answer it, or was still to be tried again at its deadline. The client wraps what gRPC says. */
export function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return unanswered.has(cause.code) || isRetryableError(cause)
  }
  return false
}
