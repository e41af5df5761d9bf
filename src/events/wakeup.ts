/** What a reader follows: the events of one connection, those of an environment, or the change feeds of a connection. */
export interface Watched {
  kind: 'connection' | 'environment' | 'changes'
  /** Of the connection or the environment. */
  id: string
}

export interface Wakeup {
  /**
   * Call before reading: whatever is signalled from here on ends the next wait at once, so nothing falls between the read and the wait.
   * Says which connections were signalled since the last call (none: there is nothing to read); null: it may be any.
   */
  arm(): ReadonlySet<string> | null
  /** Until something is signalled, or the credential has to be confirmed. False when closed, by the reader or with the hub. */
  wait(): Promise<boolean>
  close(): void
}

/** The hub's side of a Wakeup. */
export class Signals implements Wakeup {
  readonly #onClose: (signals: Signals) => void
  #signalled = new Set<string>()
  // the first read looks at everything
  #any = true
  #due = false
  #closed = false
  #wake: (() => void) | undefined

  constructor(onClose: (signals: Signals) => void) {
    this.#onClose = onClose
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
    this.#onClose(this)
    this.#wake?.()
  }
}
