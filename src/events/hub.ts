import { type EventListener, listenForEvents } from '../store/event-listen.ts'

/**
 * Wakes the readers of one API process. It carries no events: a reader that is woken asks the store for what stands above its own
 * cursor, so a wake-up too many costs a query and a lost one costs a moment.
 */
export interface EventHub {
  /** Of one connection, or (null) of all. Close it when done. */
  wakeup(connectionId: string | null): Wakeup
  close(): Promise<void>
}

export interface Wakeup {
  /**
   * Call before reading: whatever is signalled from here on ends the next wait at once, so nothing falls between the read and the wait.
   * Says which connections were signalled since the last call; null: it may be any.
   */
  arm(): ReadonlySet<string> | null
  /** False when closed, by the reader or with the hub. */
  wait(): Promise<boolean>
  close(): void
}

export interface HubOptions {
  url: string
  onError: (error: Error) => void
  /** How long a reader may sleep without a signal. Below a second: within that time a stream notices that its credential is gone. */
  pollMs?: number
}

export function createEventHub({ url, onError, pollMs = 800 }: HubOptions): EventHub {
  const waiting = new Set<Signals>()
  let listener: EventListener | undefined

  function signalAll() {
    for (const signals of waiting) signals.signal(null)
  }

  function signalEach(connectionIds: string[]) {
    for (const signals of waiting) {
      for (const id of connectionIds)
        if (signals.connectionId === null || signals.connectionId === id) signals.signal(id)
    }
  }

  listener = listenForEvents({ url, onConnections: signalEach, onGap: signalAll, onError })
  const poll = setInterval(signalAll, pollMs)
  return {
    wakeup(connectionId) {
      const signals = new Signals(connectionId, () => waiting.delete(signals))
      waiting.add(signals)
      return signals
    },
    async close() {
      clearInterval(poll)
      for (const signals of [...waiting]) signals.close()
      await listener?.close()
    },
  }
}

class Signals implements Wakeup {
  readonly connectionId: string | null
  readonly #onClose: () => void
  #signalled = new Set<string>()
  // the first read looks at everything
  #any = true
  #closed = false
  #wake: (() => void) | undefined

  constructor(connectionId: string | null, onClose: () => void) {
    this.connectionId = connectionId
    this.#onClose = onClose
  }

  signal(connectionId: string | null) {
    if (connectionId === null) this.#any = true
    else this.#signalled.add(connectionId)
    this.#wake?.()
  }

  arm() {
    const signalled = this.#any ? null : this.#signalled
    this.#any = false
    this.#signalled = new Set()
    return signalled
  }

  async wait() {
    if (!this.#closed && !this.#any && this.#signalled.size === 0) {
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
