/** Where the credentials of sources live. A reference may be stored and logged; what it names may not. */
export interface SecretStore {
  /** Keeps a secret and answers the reference to it. Throws SecretStoreUnavailable. */
  put(secret: string): Promise<string>
  /** Throws SecretStoreUnavailable, or SecretMissing when nothing can be read under the reference. */
  get(reference: string): Promise<string>
  /** Destroys it; destroying what is gone is no error. Throws SecretStoreUnavailable. */
  destroy(reference: string): Promise<void>
}

export class SecretStoreUnavailable extends Error {
  readonly retry = 'transient'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
  }
}

export class SecretMissing extends Error {
  readonly retry = 'terminal'

  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}
