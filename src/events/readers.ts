import type { Guard } from './guard.ts'
import type { Confirmations, Tail } from './tail.ts'
import { Signals, type Wakeup, type Watched } from './wakeup.ts'

/** Who waits in this process, found by what it follows and by what it is served on. */
export class Readers {
  readonly #following: Record<Watched['kind'], Map<string, Set<Signals>>> = {
    connection: new Map(),
    environment: new Map(),
    changes: new Map(),
  }
  readonly #served = new Map<string, { guard: Guard; signals: Set<Signals> }>()

  #closed = false

  /** `onLast`: called when nobody follows it any more. */
  add({ kind, id }: Watched, guard: Guard, onLast: () => void): Wakeup {
    const ofKind = this.#following[kind]
    const following = ofKind.get(id) ?? new Set()
    const served = this.#served.get(guard.credential) ?? { guard, signals: new Set() }
    const signals = new Signals(guard, () => {
      if (!following.delete(signals)) return
      served.signals.delete(signals)
      if (served.signals.size === 0) this.#served.delete(guard.credential)
      if (following.size > 0) return
      ofKind.delete(id)
      onLast()
    })
    // an answer on a connection that was kept alive may come after the rest has been told
    if (this.#closed) {
      signals.close()
      return signals
    }
    ofKind.set(id, following.add(signals))
    served.signals.add(signals)
    this.#served.set(guard.credential, served)
    return signals
  }

  /** Whether anybody follows it; without an id: anything of its kind. */
  follow(kind: Watched['kind'], id?: string): boolean {
    return id === undefined ? this.#following[kind].size > 0 : this.#following[kind].has(id)
  }

  ids(...kinds: Watched['kind'][]): string[] {
    return [...new Set(kinds.flatMap((kind) => [...this.#following[kind].keys()]))]
  }

  /** `connectionId`: where something is to be read; null: perhaps anywhere. */
  signal({ kind, id }: Watched, connectionId: string | null) {
    for (const signals of this.#following[kind].get(id) ?? []) signals.signal(connectionId)
  }

  fail({ kind, id }: Watched, error: Error) {
    for (const signals of this.#following[kind].get(id) ?? []) signals.fail(error)
  }

  /** Asks about the credentials of those who take directly what is new there, about each once. */
  confirmDirect(connectionId: string): Confirmations {
    const asked = new Map<string, Promise<void>>()
    for (const { direct, guard } of this.#following.connection.get(connectionId) ?? []) {
      if (!direct || asked.has(guard.credential)) continue
      const confirmed = guard.confirm()
      confirmed.catch(() => {}) // those who have something to be handed are told
      asked.set(guard.credential, confirmed)
    }
    return asked
  }

  /** There is something new in the tail: handed to those who take it directly, when their credentials are confirmed; the others are woken. */
  tell(tail: Tail) {
    const { connectionId, head, confirmations } = tail
    const direct = new Map<string, { guard: Guard; signals: Signals[] }>()
    for (const signals of this.#following.connection.get(connectionId) ?? []) {
      if (!signals.direct) {
        signals.signal(connectionId)
        continue
      }
      const { guard } = signals
      const served = direct.get(guard.credential) ?? { guard, signals: [] }
      direct.set(guard.credential, served)
      served.signals.push(signals)
    }
    for (const { guard, signals } of direct.values()) {
      const confirmed = confirmations.get(guard.credential) ?? guard.confirm()
      confirmed.then(
        () => {
          const news = { tail, head, confirmedAt: performance.now() }
          for (const one of signals) one.direct?.deliver(news)
        },
        // they ask for themselves, and meet what is wrong
        () => {
          for (const one of signals) one.tick()
        },
      )
    }
  }

  /** Asks once for each credential whether it is still good, and wakes those who are served on one that may not be: they ask for themselves. */
  confirm() {
    for (const { guard, signals } of this.#served.values()) {
      guard.confirm().catch(() => {
        for (const one of signals) one.tick()
      })
    }
  }

  close() {
    this.#closed = true
    for (const { signals } of [...this.#served.values()]) for (const one of [...signals]) one.close()
  }
}
