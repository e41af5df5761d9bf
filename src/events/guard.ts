/** What a stream is served on. */
export interface Guard {
  /** The same for all that is served on the same secret. */
  readonly credential: string
  /** Throws when it would no longer be let in. */
  confirm(): Promise<void>
}
