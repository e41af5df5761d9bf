import { randomUUID } from 'node:crypto'
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { AuthenticationError, TooMany } from '../auth/errors.ts'
import { ChangeUnknown, EventsExpired, EventsInterrupted, HistoryTakenBack, SequenceUnknown } from '../events/errors.ts'
import { TooManyStreams } from '../events/stream-slots.ts'
import { isUnavailable } from '../store/unavailable.ts'
import { unquoted } from './unquoted.ts'

/** extensions.code of the errors that are not part of a mutation's result. */
export type TopLevelCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'BAD_USER_INPUT'
  | 'EVENTS_EXPIRED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL'

function topLevel(code: TopLevelCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, code } })
}

export const badInput = (message: string) => topLevel('BAD_USER_INPUT', message)
export const tooComplex = (message: string) => topLevel('QUERY_TOO_COMPLEX', message)
/** Until something that the caller holds has ended, which nobody here can foresee. */
const unforeseenSeconds = 5

export const rateLimited = (message: string, retryAfterSeconds = unforeseenSeconds) =>
  topLevel('RATE_LIMITED', message, { http: { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } } })
/** `path`: for what is refused before it runs; of a field that runs, the executor knows it. */
export function forbidden(what: string, path: readonly string[] | null = null): GraphQLError {
  const message = `This credential may not use ${what}. Use a key with the scope that it needs (viewer.scopes lists what this one has); some things are the owner's alone.`
  return new GraphQLError(message, { path, extensions: { code: 'FORBIDDEN' } })
}

/** `expired` tells a WebSocket which close code to use. */
export function unauthenticated(error: AuthenticationError): GraphQLError {
  return topLevel('UNAUTHENTICATED', error.message, {
    expired: error.expired,
    http: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  })
}

const unavailable = (message: string) =>
  topLevel('SERVICE_UNAVAILABLE', message, { http: { status: 503, headers: { 'retry-after': '1' } } })

const knownCodes: ReadonlySet<unknown> = new Set<TopLevelCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'BAD_USER_INPUT',
  'EVENTS_EXPIRED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL',
])

/** What a caller may see of an error: our own texts. Anything unexpected is logged under an id, and only the id is shown. */
export function createErrorMask(logUnexpected: (error: unknown, requestId: string) => void) {
  return (error: unknown): GraphQLError => {
    const cause = error instanceof GraphQLError ? innermost(error) : error
    const shown = translate(cause) ?? (cause instanceof GraphQLError ? withCode(cause) : undefined) ?? masked(cause)
    return error instanceof GraphQLError ? relocate(shown, error) : shown
  }

  function masked(cause: unknown): GraphQLError {
    const requestId = randomUUID()
    logUnexpected(cause, requestId)
    return topLevel(
      'INTERNAL',
      `Something went wrong on our side. The operator finds it in the log under request id ${requestId}.`,
      {
        requestId,
      },
    )
  }
}

function translate(error: unknown): GraphQLError | undefined {
  if (error instanceof AuthenticationError) return unauthenticated(error)
  if (error instanceof EventsExpired) {
    return topLevel('EVENTS_EXPIRED', error.message, { firstSequence: error.firstSequence?.toString() ?? null })
  }
  if (error instanceof SequenceUnknown || error instanceof ChangeUnknown || error instanceof HistoryTakenBack) {
    return badInput(error.message)
  }
  if (error instanceof TooManyStreams) return rateLimited(error.message)
  if (error instanceof TooMany) return rateLimited(error.message, error.retryAfterSeconds)
  if (error instanceof EventsInterrupted) return unavailable(error.message)
  if (isUnavailable(error)) return unavailable('The database cannot be reached at the moment. Try again shortly.')
  return undefined
}

/** A GraphQLError without a cause is ours or the executor's own word on the request: what it says is safe to show. */
export function withCode(error: GraphQLError): GraphQLError {
  if (knownCodes.has(error.extensions['code'])) return error
  // the parser's own words quote the body, and a cut-off createConnection has credentials in it
  const { originalError: _, ...extensions } = error.extensions
  return placed(unquoted(error), error, { ...extensions, code: 'BAD_USER_INPUT' })
}

function innermost(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError
  return cause
}

function relocate(shown: GraphQLError, at: GraphQLError): GraphQLError {
  return shown === at ? shown : placed(shown.message, at, shown.extensions)
}

function placed(message: string, at: GraphQLError, extensions: GraphQLErrorExtensions): GraphQLError {
  const { nodes = null, source = null, positions = null, path = null } = at
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
