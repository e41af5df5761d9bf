import type { ServerResponse } from 'node:http'
import type { Plugin } from 'graphql-yoga'
import type { Session } from '../auth/authenticate.ts'
import { AuthenticationError } from '../auth/errors.ts'
import type { Logger } from '../log.ts'
import type { ServerContext } from './yoga.ts'

export interface RefusedStreamLimits {
  /** So long what was written for a client is still sent when its credential has ended. With HubOptions.pollMs below a second. */
  refusedMs: number
}

export interface RefusedStreamOptions extends RefusedStreamLimits {
  /** As EventHub.onConfirm. */
  onConfirm: (confirm: () => void) => () => void
  log: Logger
}

/**
 * Cuts SSE streams off whose credential is no longer good and that do not take what was written. Each ends by itself, with the refusal as its last
 * message; but one whose client takes what was written before byte by byte would be served for hours.
 */
export function useRefusedStreams({ onConfirm, refusedMs, log }: RefusedStreamOptions): Plugin<object, ServerContext> {
  const served = new Map<string, { session: Session; responses: Set<ServerResponse> }>()

  function refuse(credential: string) {
    const { responses = [] } = served.get(credential) ?? {}
    served.delete(credential)
    for (const response of responses) {
      const late = setInterval(() => {
        if (response.writableLength === 0) return
        log.info('cut off an SSE stream whose credential had ended')
        response.destroy()
      }, refusedMs)
      response.once('close', () => clearInterval(late))
    }
  }

  onConfirm(() => {
    for (const [credential, { session }] of served) {
      session.confirm().catch((error: unknown) => {
        // while PostgreSQL is away nothing new is delivered anyway
        if (error instanceof AuthenticationError) refuse(credential)
      })
    }
  })

  return {
    onResponse({ response, serverContext: { res, session } }) {
      if (!res || !session || res.closed) return
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return
      const { credential } = session
      const same = served.get(credential) ?? { session, responses: new Set() }
      served.set(credential, same)
      same.responses.add(res)
      res.once('close', () => {
        same.responses.delete(res)
        if (same.responses.size === 0 && served.get(credential) === same) served.delete(credential)
      })
    },
  }
}
