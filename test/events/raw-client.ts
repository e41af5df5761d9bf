import { once } from 'node:events'
import { WebSocket } from 'ws'
import { ownerKey } from '../graphql/api.ts'
import { eventually } from '../eventually.ts'

export interface ServerMessage {
  type: string
  id?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- each test asserts the fields that it asked for
  payload?: any
}

/** A socket that was let in, below any client library: these choose their ids themselves, and each once. */
export async function openRawClient(url: string, token = ownerKey) {
  const socket = new WebSocket(url, 'graphql-transport-ws')
  const messages: ServerMessage[] = []
  socket.on('message', (data) => messages.push(JSON.parse((data as Buffer).toString())))
  await once(socket, 'open')
  const say = (message: object) => socket.send(JSON.stringify(message))
  say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  await eventually('the acknowledgement', () => messages.some(({ type }) => type === 'connection_ack'))
  return {
    socket,
    messages,
    say,
    subscribe: (id: string, query: string, variables: object = {}) =>
      say({ type: 'subscribe', id, payload: { query, variables } }),
    complete: (id: string) => say({ type: 'complete', id }),
  }
}
