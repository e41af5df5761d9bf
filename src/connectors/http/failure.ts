import {
  AccessDenied,
  AnswerInvalid,
  ConfigurationInvalid,
  CredentialsRejected,
  RateLimited,
  SourceError,
  SourceUnavailable,
} from '../errors.ts'
import { retryAfterMs } from './retry-after.ts'

/** What an answer outside 2xx and 3xx means. The answer's text stays out: it may repeat what we sent. */
export function statusFailure(
  host: string,
  answer: {
    status: number
    headers: Readonly<Record<string, string>>
    date: Date | null
    /** Whether this system says "slow down" so. */
    isThrottle: boolean
  },
): SourceError {
  const { status, headers, date, isThrottle } = answer
  const options = { status }
  const asked = headers['retry-after']
  if (status === 401) {
    return new CredentialsRejected(
      `${host} rejected the credentials (HTTP 401). Check them, and give the connection those that work.`,
      options,
    )
  }
  if (status === 429 || isThrottle || ((status === 403 || status === 503) && asked !== undefined)) {
    const wait = retryAfterMs(asked, date)
    const text = `${host} asks to slow down (HTTP ${status}).`
    return new RateLimited(text, wait === undefined ? options : { ...options, retryAfterMs: wait })
  }
  if (status === 403) {
    const text = `${host} denies these credentials access (HTTP 403). Grant its user the right to read.`
    return new AccessDenied(text, options)
  }
  if (status === 408 || status >= 500) {
    return new SourceUnavailable(`${host} could not answer (HTTP ${status}). It is asked again.`, options)
  }
  return new ConfigurationInvalid(
    `${host} refused the request (HTTP ${status}). Check the connection's configuration.`,
    options,
  )
}

const transportTexts: Record<string, string> = {
  ENOTFOUND: 'does not resolve: no such host name',
  EAI_AGAIN: 'does not resolve at the moment',
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  UND_ERR_SOCKET: 'broke the connection',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept a connection in time',
  ETIMEDOUT: 'did not accept a connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not begin to answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  CERT_HAS_EXPIRED: 'has an expired certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a self-signed certificate that this machine does not trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an authority that this machine does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate of an authority that this machine does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate of an authority that this machine does not trust',
}

/**
 * What a failure below HTTP means. The cause is not kept: a parser's error carries what was received. A refusal of the
 * host guard arrives here as the cause of a failed connection.
 */
export function transportFailure(host: string, error: unknown): SourceError {
  const own = ownError(error)
  if (own) return own
  const code = errorCode(error)
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_BROTLI')) {
    return new AnswerInvalid(`${host} answered with a body that cannot be decompressed.`)
  }
  if (code.startsWith('HPE_')) return new AnswerInvalid(`${host} does not speak HTTP as it should (${code}).`)
  return new SourceUnavailable(
    `${host} ${transportTexts[code] ?? 'could not be asked'}${code && ` (${code})`}. It is asked again.`,
  )
}

function ownError(error: unknown): SourceError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof SourceError) return at
  }
  return undefined
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return errorCode(error.cause)
}
