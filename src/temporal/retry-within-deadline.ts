import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client'

/**
 * The client's own way to try a call again, except that no pause leads past the call's deadline: that one would end by it all the same, but as much
 * as 5 s late (they grow to that, without a look at the deadline), and as DEADLINE_EXCEEDED, which says less than why the server was not reached.
 */
export const retryWithinDeadline: ReturnType<typeof makeGrpcRetryInterceptor> = (options, nextCall) => {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions()
  const deadline = Number(options.deadline ?? Infinity)
  let pauseMs = 0
  const retried = makeGrpcRetryInterceptor({
    retryableDecider(attempt, status) {
      pauseMs = delayFunction(attempt, status)
      return retryableDecider(attempt, status) && Date.now() + pauseMs < deadline
    },
    delayFunction: () => pauseMs,
  })
  return retried(options, nextCall)
}
