import type { IncomingMessage } from 'node:http'
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Session } from '../../auth/authenticate.ts'
import type { SendPayload } from '../../graphql/event-execution.ts'
import type { Graphql } from '../../graphql/yoga.ts'

interface Enveloped {
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>
  subscribe: (
    args: ExecutionArgs,
  ) => AsyncIterableIterator<ExecutionResult> | Promise<AsyncIterableIterator<ExecutionResult>>
}

/** The envelope's own functions, chosen for each operation. */
export const throughEnvelope: Enveloped = {
  execute: (args) => enveloped(args).execute(args),
  subscribe: (args) => enveloped(args).subscribe(args),
}

const enveloped = ({ rootValue }: ExecutionArgs) => rootValue as Enveloped // put there by envelop

export interface SocketOperation {
  socket: WebSocket
  request: IncomingMessage
  id: string
  params: SubscribePayload
  session: Session
}

/** What is to be executed, by Yoga's envelope: limits, masking and context are those of HTTP. Or why it is not. */
export async function envelop(
  { yoga }: Graphql,
  { socket, request, id, params, session }: SocketOperation,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const envelope = yoga.getEnveloped({ session, params, req: request, sendPayload: payloadsOf(socket, id) })
  const document = envelope.parse(params.query)
  const errors = envelope.validate(envelope.schema, document)
  if (errors.length > 0) return errors
  const { execute, subscribe } = envelope
  return {
    schema: envelope.schema,
    document,
    operationName: params.operationName,
    variableValues: params.variables,
    contextValue: await envelope.contextFactory(),
    rootValue: { execute, subscribe } satisfies Enveloped,
  }
}

/** Sends what graphql-ws would send as the payload of the operation's next message. */
function payloadsOf(socket: WebSocket, id: string): SendPayload {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  return (payload, sent) => {
    if (socket.readyState !== socket.OPEN) return false
    socket.send(`${head}${payload}}`, sent)
    return true
  }
}
