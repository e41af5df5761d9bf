import { type Message, MessageType, type SubscribeMessage } from 'graphql-ws'

interface Turn {
  /** The client has completed it. */
  left: boolean
  /** Has the same id, and begins when this one has ended. */
  next: SubscribeMessage | null
}

export interface OperationTurnsOptions {
  /** Handles a message; where it begins an operation, settles when that has ended. */
  handle: (message: Message) => Promise<void>
  isOpen: () => boolean
  /** Operations that the client may hold. With those that it has left and that are still ending here it may be twice as many. */
  most: number
  /** The id is in use. */
  refuseId: () => void
  /** There are too many already. Settles when that has been told; where the client has left it nothing is, for the id may stand for another by then. */
  refuseOperation: (id: string, isLeft: () => boolean) => Promise<void>
}

/**
 * An id may be used again as soon as its operation is completed, while that is still ending here. graphql-ws tells operations apart by their id alone,
 * and would take the end of one for the end of the other: the later one waits. It forgets an operation as soon as that is completed, though a query
 * or a mutation runs on: so they are counted here, until they have ended.
 */
export function inTurns({
  handle,
  isOpen,
  most,
  refuseId,
  refuseOperation,
}: OperationTurnsOptions): (message: Message) => Promise<void> {
  const turns = new Map<string, Turn>()
  /** Of operations that are refused, until that has been told. */
  const refusals = new Map<string, object>()

  async function begin(message: SubscribeMessage) {
    const former = turns.get(message.id)
    if (refusals.has(message.id) || (former && (!former.left || former.next))) return refuseId()
    if (!isRoom()) return refuse(message.id)
    if (!former) return run(message)
    former.next = message
  }

  async function refuse(id: string) {
    const refusal = {}
    const isLeft = () => refusals.get(id) !== refusal
    refusals.set(id, refusal)
    try {
      await refuseOperation(id, isLeft)
    } finally {
      if (!isLeft()) refusals.delete(id)
    }
  }

  function isRoom(): boolean {
    const all = [...turns.values()]
    const held = all.filter(({ left, next }) => !left || next).length
    const ending = all.filter(({ left }) => left).length
    return held < most && held + ending < 2 * most
  }

  async function run(message: SubscribeMessage | null) {
    // nobody would ever return what began after the close
    while (message && isOpen()) {
      const { id } = message
      const turn: Turn = { left: false, next: null }
      turns.set(id, turn)
      try {
        await handle(message)
      } finally {
        turns.delete(id)
      }
      message = turn.next
    }
  }

  function leave(id: string) {
    if (refusals.delete(id)) return
    const turn = turns.get(id)
    if (turn?.next) turn.next = null
    else if (turn) turn.left = true
  }

  return async (message) => {
    if (message.type === MessageType.Subscribe) return begin(message)
    if (message.type === MessageType.Complete) leave(message.id)
    return handle(message)
  }
}
