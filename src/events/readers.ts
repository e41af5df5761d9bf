import { Signals, type Wakeup, type Watched } from './wakeup.ts'

/** Who waits in this process, found by what it follows. */
export class Readers {
  readonly #waiting: Record<Watched['kind'], Map<string, Set<Signals>>> = {
    connection: new Map(),
    environment: new Map(),
    changes: new Map(),
  }

  /** `onLast`: called when nobody follows it any more. */
  add({ kind, id }: Watched, onLast: () => void): Wakeup {
    const ofKind = this.#waiting[kind]
    const together = ofKind.get(id) ?? new Set()
    const signals = new Signals(() => {
      if (!together.delete(signals) || together.size > 0) return
      ofKind.delete(id)
      onLast()
    })
    ofKind.set(id, together.add(signals))
    return signals
  }

  /** Whether anybody follows it; without an id: anything of its kind. */
  follow(kind: Watched['kind'], id?: string): boolean {
    return id === undefined ? this.#waiting[kind].size > 0 : this.#waiting[kind].has(id)
  }

  ids(...kinds: Watched['kind'][]): string[] {
    return [...new Set(kinds.flatMap((kind) => [...this.#waiting[kind].keys()]))]
  }

  /** `connectionId`: where something is to be read; null: perhaps anywhere. */
  signal({ kind, id }: Watched, connectionId: string | null) {
    for (const signals of this.#waiting[kind].get(id) ?? []) signals.signal(connectionId)
  }

  /** It is time to confirm credentials. */
  tick() {
    for (const signals of this.#all()) signals.tick()
  }

  close() {
    for (const signals of [...this.#all()]) signals.close()
  }

  *#all() {
    for (const ofKind of Object.values(this.#waiting)) for (const together of ofKind.values()) yield* together
  }
}
