import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLError } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Authenticate, Session } from '../auth/authenticate.ts'
import type { Presenting } from '../auth/presenting.ts'
import type { Logger } from '../log.ts'
import { useAbandonedStreams } from './abandoned-streams.ts'
import { useAnswerHeaders } from './answer-headers.ts'
import { type ApiDependencies, createContext } from './context.ts'
import { useErrorCodes } from './error-codes.ts'
import { createErrorMask } from './errors.ts'
import { type SendPayload, useEventExecution } from './event-execution.ts'
import { useInputText } from './input-text.ts'
import { useNoIntrospection } from './introspection.ts'
import { defaultLimits, type QueryLimits, useQueryLimits } from './limits.ts'
import { useMediaTypeErrors } from './media-types.ts'
import { useMutationScopes } from './mutation-scopes.ts'
import { type RefusedStreamOptions, useRefusedStreams } from './refused-streams.ts'
import { useRequestParameters } from './request-parameters.ts'
import { buildSchema } from './schema.ts'
import type { SlowReaders } from './slow-readers.ts'
import { useSlowStreams } from './slow-streams.ts'

export interface ServerContext {
  req: IncomingMessage
  /** Not over WebSocket. */
  res?: ServerResponse
  /** Set by authentication, before anything of the request is read. */
  session?: Session
  /** Where the operation's payloads can be sent to directly. */
  sendPayload?: SendPayload
}

export interface GraphqlOptions extends ApiDependencies {
  authenticate: Authenticate
  presenting: Presenting
  /** Whether callers may ask for the schema. */
  introspection: boolean
  /** Serves GraphiQL's page to browsers; every query of it still needs a credential. */
  graphiql: boolean
  /** SSE streams that do not drain are cut off. */
  slowReaders: SlowReaders
  /** Those whose credential ends are cut off too. */
  refusedStreams: Omit<RefusedStreamOptions, 'log'>
  log: Logger
  limits?: QueryLimits
}

const largestBody = 1_000_000

/** GraphQL over HTTP and SSE. WebSockets run through its envelope, so that limits, masking and context are the same. */
export function createGraphql({
  authenticate,
  presenting,
  introspection,
  graphiql,
  slowReaders,
  refusedStreams,
  log,
  limits = defaultLimits,
  ...dependencies
}: GraphqlOptions) {
  const maskError = createErrorMask((err, requestId) => log.error({ err, requestId }, 'unexpected error'))
  const yoga = createYoga<ServerContext>({
    schema: buildSchema(),
    graphqlEndpoint: '/graphql',
    graphiql: graphiql ? { title: 'Syncline', subscriptionsProtocol: 'WS' } : false,
    landingPage: false,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: largestBody,
    maskedErrors: { maskError, isDev: false },
    context: ({ session, res }) =>
      createContext(dependencies, { session: required(session), breakOff: cutting(res, log) }),
    plugins: [
      useMediaTypeErrors(),
      useAnswerHeaders(),
      useSlowStreams({ slowReaders, log }),
      useRefusedStreams({ ...refusedStreams, log }),
      useAuthentication({ authenticate, presenting, maskError }),
      useRequestParameters(),
      ...(introspection ? [] : [useNoIntrospection()]),
      useErrorCodes(),
      useQueryLimits(limits),
      useInputText(),
      useMutationScopes(),
      useEventExecution(),
      useAbandonedStreams(),
    ],
  })
  return { yoga, maskError }
}

function cutting(response: ServerResponse | undefined, log: Logger) {
  if (!response) return null
  return () => {
    log.info('broke off an SSE stream for a newer one of its credential')
    response.destroy()
  }
}

export type Graphql = ReturnType<typeof createGraphql>

function required(session: Session | undefined): Session {
  if (!session) throw new Error('An operation reached the schema without a session.')
  return session
}

interface AuthenticationOptions {
  authenticate: Authenticate
  presenting: Presenting
  maskError: (error: unknown) => GraphQLError
}

/**
 * Before the request is parsed: without a credential nobody learns anything, not even from a syntax error. Only GraphiQL's page, where it is
 * served, is answered before.
 */
function useAuthentication({
  authenticate,
  presenting,
  maskError,
}: AuthenticationOptions): Plugin<object, ServerContext> {
  return {
    async onRequest({ request, serverContext, fetchAPI, endResponse }) {
      try {
        const given = {
          authorization: request.headers.get('authorization'),
          environment: request.headers.get('x-syncline-environment'),
        }
        serverContext.session = await authenticate(presenting.credentialOf(serverContext.req, given))
      } catch (error) {
        endResponse(refusal(maskError(error), fetchAPI.Response))
      }
    },
  }
}

function refusal(error: GraphQLError, ResponseClass: typeof Response): Response {
  const { http, ...extensions } = error.extensions
  const { status = 500, headers = {} } = (http ?? {}) as { status?: number; headers?: Record<string, string> } // made in errors.ts
  return ResponseClass.json({ errors: [{ message: error.message, extensions }] }, { status, headers })
}
