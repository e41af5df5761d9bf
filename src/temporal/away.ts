import { isGrpcServiceError } from '@temporalio/client'

/** gRPC statuses CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE. */
const away: ReadonlySet<number> = new Set([1, 4, 14])

/** Whether a call failed because Temporal did not answer it. The client wraps what gRPC says. */
export function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return away.has(cause.code)
  }
  return false
}
