export interface TurnLimits {
  /** So many work at a time. */
  atOnce: number
  /** Of one network; one more is turned away. */
  waiting: number
  waitMs: number
}

/** Bounded work, for which networks wait by turns: one that asks for much holds up itself. */
export interface Turns {
  /** Settles when the work may begin, with what to call when it has ended; with null when no turn came in time. */
  take(network: string, credential: string): Promise<(() => void) | null>
  /** Lets those that wait with this credential go on, beside the others. */
  admit(credential: string): void
}

interface Waiting {
  credential: string
  settle(end: (() => void) | null): void
}

export function createTurns({ atOnce, waiting, waitMs }: TurnLimits): Turns {
  let working = 0
  /** The network whose turn it is comes first. */
  const queues = new Map<string, Waiting[]>()

  function end() {
    working--
    const [next] = queues
    if (!next) return
    const [network, queue] = next
    const first = queue.shift()
    queues.delete(network)
    if (queue.length > 0) queues.set(network, queue)
    begin(first)
  }

  function begin(one: Waiting | undefined) {
    working++
    one?.settle(end)
  }

  function leave(network: string, one: Waiting) {
    const left = (queues.get(network) ?? []).filter((other) => other !== one)
    if (left.length > 0) queues.set(network, left)
    else queues.delete(network)
  }

  return {
    async take(network, credential) {
      if (working < atOnce) {
        working++
        return end
      }
      const queue = queues.get(network) ?? []
      if (queue.length >= waiting) return null
      return new Promise((resolve) => {
        const late = setTimeout(() => {
          leave(network, one)
          resolve(null)
        }, waitMs)
        const one: Waiting = {
          credential,
          settle(done) {
            clearTimeout(late)
            resolve(done)
          },
        }
        queues.set(network, [...queue, one])
      })
    },
    admit(credential) {
      for (const [network, queue] of [...queues]) {
        for (const one of queue.filter((other) => other.credential === credential)) {
          leave(network, one)
          one.settle(() => {})
        }
      }
    },
  }
}
