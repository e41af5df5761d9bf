/** Why a source could not be read. The categories are those that an API caller sees. */
export type SourceErrorCategory =
  | 'AUTHENTICATION'
  | 'PERMISSION'
  | 'RATE_LIMIT'
  | 'SOURCE_UNAVAILABLE'
  | 'SOURCE_DATA'
  | 'CONFIGURATION'

/**
 * Everything a connector throws. Messages carry our own words, the host and the HTTP status, never a response body, a
 * query string or a credential: they are stored, logged and shown.
 */
export abstract class SourceError extends Error {
  abstract readonly category: SourceErrorCategory
  /** transient: the same request may succeed later. terminal: not before someone changes something. */
  abstract readonly retry: 'transient' | 'terminal'
  /** HTTP status, where there was one. */
  readonly status: number | undefined

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.status = options.status
  }
}

/** The source refuses who we say we are (401, or what stands for it there). */
export class CredentialsRejected extends SourceError {
  readonly category = 'AUTHENTICATION'
  readonly retry = 'terminal'
}

/** The source knows us and refuses what we ask for (403). */
export class AccessDenied extends SourceError {
  readonly category = 'PERMISSION'
  readonly retry = 'terminal'
}

/** The source asks us to slow down (429, or 403/503 in its own way). */
export class RateLimited extends SourceError {
  readonly category = 'RATE_LIMIT'
  readonly retry = 'transient'
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { status?: number; cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options)
    this.retryAfterMs = options.retryAfterMs
  }
}

/** No answer, a time-out, a broken connection or a 5xx. */
export class SourceUnavailable extends SourceError {
  readonly category = 'SOURCE_UNAVAILABLE'
  readonly retry = 'transient'
}

/** An answer that is not what the protocol promises: HTML, broken JSON, a page that does not advance. */
export class AnswerInvalid extends SourceError {
  readonly category = 'SOURCE_DATA'
  readonly retry = 'transient'
}

/** The connection is set up for something that the source does not have, or for a host that may not be asked. */
export class ConfigurationInvalid extends SourceError {
  readonly category = 'CONFIGURATION'
  readonly retry = 'terminal'
  /** Where in the connection's config, e.g. ["entities", "PURCHASE_ORDER", "set"]. */
  readonly path: readonly string[]

  constructor(message: string, options: { status?: number; cause?: unknown; path?: readonly string[] } = {}) {
    super(message, options)
    this.path = options.path ?? []
  }
}

/**
 * What the source lists contradicts what it says otherwise, or what it had before. Believed, it would look like nothing to read, or like
 * records that are gone. Terminal: the same question would get the same answer.
 */
export class ListContradicted extends SourceError {
  readonly category = 'SOURCE_DATA'
  readonly retry = 'terminal'
}

/** The source cannot be read by windows of the modified stamp: it is to be read in one go. No failure of the source. */
export class WindowRefused extends SourceError {
  readonly category = 'SOURCE_DATA'
  readonly retry = 'transient'
}
