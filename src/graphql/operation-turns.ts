import { type Message, MessageType, parseMessage } from 'graphql-ws'

interface Turn {
  /** The client has completed it. */
  left: boolean
  ended: Promise<void>
}

export interface OperationTurnsOptions {
  /** Handles a message; where it begins an operation, settles when that has ended. */
  handle: (text: string) => Promise<void>
  /** The id is in use. */
  refuse: (id: string) => void
  isOpen: () => boolean
}

/**
 * An id may be used again as soon as its operation is completed, while that is still ending here. graphql-ws tells operations apart by their id alone,
 * and would take the end of one for the end of the other: the later one waits.
 */
export function inTurns({ handle, refuse, isOpen }: OperationTurnsOptions): (text: string) => Promise<void> {
  const turns = new Map<string, Turn>()

  async function subscribe(id: string, text: string) {
    const former = turns.get(id)
    if (former && !former.left) return refuse(id)
    const turn: Turn = { left: false, ended: Promise.resolve() }
    turns.set(id, turn)
    turn.ended = former ? former.ended.then(() => waited(turn, text)) : handle(text)
    try {
      await turn.ended
    } finally {
      if (turns.get(id) === turn) turns.delete(id)
    }
  }

  async function waited(turn: Turn, text: string) {
    // nobody would ever return what began after the close
    if (!turn.left && isOpen()) await handle(text)
  }

  return async (text) => {
    const message = parsed(text)
    if (message?.type === MessageType.Subscribe) return subscribe(message.id, text)
    const turn = message?.type === MessageType.Complete && turns.get(message.id)
    if (turn) turn.left = true
    await handle(text)
  }
}

/** Null: what it is instead, graphql-ws says to the client. */
function parsed(text: string): Message | null {
  try {
    return parseMessage(text)
  } catch {
    return null
  }
}
