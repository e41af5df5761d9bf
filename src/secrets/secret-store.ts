/** Where the credentials of sources live. A reference may be stored and logged; what it names may not. */
export interface SecretStore {
  /** A reference that nobody has: to be noted before anything is kept under it. */
  newReference(): string
  /**
   * Keeps a secret and answers the reference to it, a new one unless it is given. When it throws, what may have been written has been taken back, or is noted in the log.
   * Throws SecretStoreUnavailable or SecretStoreDenied.
   */
  put(secret: string, reference?: string): Promise<string>
  /** Throws SecretStoreUnavailable, SecretStoreDenied, or SecretMissing when nothing can be read under the reference. */
  get(reference: string): Promise<string>
  /**
   * Destroys it, every version of it; destroying what is gone is no error. Throws SecretStoreUnavailable, SecretStoreDenied, or SecretMissing
   * where the reference leads to another store.
   */
  destroy(reference: string): Promise<void>
}

/** Down, sealed, throttled, slow: the same call can succeed later. The message holds the store, a status and our own words. */
export class SecretStoreUnavailable extends Error {
  readonly retry = 'transient'
  /** What the store asked for, where it did. */
  readonly retryAfterMs: number | undefined

  /** `cause` is logged: none whose message could hold a body or a secret. */
  constructor(message: string, cause?: unknown, retryAfterMs?: number) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.retryAfterMs = retryAfterMs
  }
}

/** The store answers, and will not do it for us: a token, a policy, or what is configured for it. Only the operator can mend that. */
export class SecretStoreDenied extends Error {
  readonly retry = 'terminal'

  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

/** Nothing can be read under a reference: it was deleted, here or behind our back. */
export class SecretMissing extends Error {
  readonly retry = 'terminal'

  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}
