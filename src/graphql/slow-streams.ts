import type { Plugin } from 'graphql-yoga'
import type { Logger } from '../log.ts'
import type { SlowReaders } from './slow-readers.ts'
import type { ServerContext } from './yoga.ts'

/** Cuts SSE streams off whose readers do not drain: by what is answered, as a stream comes also to those who did not ask for one by name. */
export function useSlowStreams({
  slowReaders,
  log,
}: {
  slowReaders: SlowReaders
  log: Logger
}): Plugin<object, ServerContext> {
  return {
    onResponse({ response, serverContext: { req, res } }) {
      if (!res || res.closed || !response.headers.get('content-type')?.startsWith('text/event-stream')) return
      const unwatch = slowReaders.watch({
        socket: req.socket,
        waiting: () => res.writableLength,
        close() {
          log.info('closed an SSE stream whose reader did not drain')
          res.destroy()
        },
      })
      res.once('close', unwatch)
    },
  }
}
