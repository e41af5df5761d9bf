/** What a reader follows: one connection, or all of an environment. */
export type Watched = { connectionId: string } | { environmentId: string }

export interface Wakeup {
  /**
   * Call before reading: whatever is signalled from here on ends the next wait at once, so nothing falls between the read and the wait.
   * Says which connections were signalled since the last call (none: there is nothing to read); null: it may be any.
   */
  arm(): ReadonlySet<string> | null
  /** Until something is signalled, or it is time to confirm the credential. False when closed, by the reader or with the hub. */
  wait(): Promise<boolean>
  close(): void
}

/** The hub's side of a Wakeup. */
export class Signals implements Wakeup {
  readonly watched: Watched
  readonly #onClose: () => void
  #signalled = new Set<string>()
  // the first read looks at everything
  #any = true
  #due = false
  #closed = false
  #wake: (() => void) | undefined

  constructor(watched: Watched, onClose: () => void) {
    this.watched = watched
    this.#onClose = onClose
  }

  /** Of a connection whose environment is not known, whoever follows an environment is told: it asks for its own only. */
  watches({ connectionId, environmentId }: { connectionId: string; environmentId?: string }): boolean {
    if ('connectionId' in this.watched) return this.watched.connectionId === connectionId
    return environmentId === undefined || this.watched.environmentId === environmentId
  }

  signal(connectionId: string | null) {
    if (connectionId === null) this.#any = true
    else this.#signalled.add(connectionId)
    this.#wake?.()
  }

  tick() {
    this.#due = true
    this.#wake?.()
  }

  arm() {
    const signalled = this.#any ? null : this.#signalled
    this.#any = false
    this.#due = false
    this.#signalled = new Set()
    return signalled
  }

  async wait() {
    if (!this.#closed && !this.#any && !this.#due && this.#signalled.size === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    return !this.#closed
  }

  close() {
    this.#closed = true
    this.#onClose()
    this.#wake?.()
  }
}
