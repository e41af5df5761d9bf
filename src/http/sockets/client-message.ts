import { type Message, MessageType, parseMessage } from 'graphql-ws'

/** An operation's id is sent with each of its answers. */
const longestIdBytes = 128

/** Its message fits into a close frame. */
export class BadMessage extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BadMessage'
  }
}

/** What a client has sent. Throws BadMessage where that is not the protocol. */
export function readMessage(text: string): Message {
  const message = parsed(text)
  if (message.type === MessageType.Subscribe && Buffer.byteLength(message.id) > longestIdBytes) {
    throw new BadMessage(`The id of an operation has more than ${longestIdBytes} bytes`)
  }
  return message
}

function parsed(text: string): Message {
  try {
    return parseMessage(text)
  } catch {
    throw new BadMessage('Invalid message received')
  }
}
