import type { DirectDelivery } from './direct-delivery.ts'
import type { Guard } from './guard.ts'

/** What a reader follows: the events of one connection, those of an environment, or the change feeds of a connection. */
export interface Watched {
  kind: 'connection' | 'environment' | 'changes'
  /** Of the connection or the environment. */
  id: string
}

export interface Wakeup {
  /**
   * Call before reading: whatever is signalled from here on ends the next wait at once, so nothing falls between the read and the wait.
   * Says which connections were signalled since the last call (none: there is nothing to read); null: it may be any. Throws what the reader has to
   * end with.
   */
  arm(): ReadonlySet<string> | null
  /**
   * Until something is signalled, or the credential has to be confirmed. False when closed, by the reader or with the hub. With `direct` what is new
   * is handed over meanwhile, and the wait ends only when that cannot be done.
   */
  wait(direct: DirectDelivery | null): Promise<boolean>
  close(): void
}

/** The hub's side of a Wakeup. */
export class Signals implements Wakeup {
  readonly guard: Guard
  readonly #onClose: (signals: Signals) => void
  #signalled = new Set<string>()
  // the first read looks at everything
  #any = true
  #due = false
  #closed = false
  #failure: Error | undefined
  #resolve: (() => void) | undefined
  #direct: DirectDelivery | undefined
  /** Something that was handed over directly is still under way: the wait ends when it has left, and nothing else is sent before. */
  #ending = false

  constructor(guard: Guard, onClose: (signals: Signals) => void) {
    this.guard = guard
    this.#onClose = onClose
  }

  /** Takes what is new itself, while its reader sleeps. */
  get direct(): DirectDelivery | undefined {
    return this.#direct
  }

  signal(connectionId: string | null) {
    if (connectionId === null) this.#any = true
    else this.#signalled.add(connectionId)
    this.#wake()
  }

  tick() {
    this.#due = true
    this.#wake()
  }

  /** Its reader ends with this error. */
  fail(error: Error) {
    this.#failure = error
    this.tick()
  }

  arm() {
    if (this.#failure) throw this.#failure
    const signalled = this.#any ? null : this.#signalled
    this.#any = false
    this.#due = false
    this.#signalled = new Set()
    return signalled
  }

  async wait(direct: DirectDelivery | null) {
    if (!this.#closed && !this.#any && !this.#due && this.#signalled.size === 0) {
      if (direct?.begin(() => this.signal(null))) this.#direct = direct
      await new Promise<void>((resolve) => {
        this.#resolve = resolve
      })
      this.#resolve = undefined
    }
    return !this.#closed
  }

  close() {
    this.#closed = true
    this.#onClose(this)
    this.#direct?.end(() => {})
    this.#direct = undefined
    this.#resolve?.()
  }

  #wake() {
    if (this.#ending) return
    if (!this.#direct) return this.#resolve?.()
    const direct = this.#direct
    this.#direct = undefined
    // what it was told, and has not handed over, is noted nowhere else
    this.#any = true
    this.#ending = true
    direct.end(() => {
      this.#ending = false
      this.#resolve?.()
    })
  }
}
