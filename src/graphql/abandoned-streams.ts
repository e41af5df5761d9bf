import type { Plugin } from 'graphql-yoga'

/** Over HTTP Yoga puts the request there; a WebSocket sees to its own subscriptions. */
interface RequestContext {
  request?: Request
}

/**
 * Ends a stream whose request is gone. Yoga would read it no more and never return it where the client left before its answer began, so that it
 * would hold its slot for as long as the process lives.
 */
export function useAbandonedStreams(): Plugin {
  return {
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result }) {
        const { request } = args.contextValue as RequestContext
        if (!request || !(Symbol.asyncIterator in result)) return
        const stream = result as AsyncIterableIterator<unknown> // what useEventExecution makes is never less than that
        const leave = () => void stream.return?.(undefined)
        if (request.signal.aborted) leave()
        else request.signal.addEventListener('abort', leave, { once: true })
      },
    }),
  }
}
