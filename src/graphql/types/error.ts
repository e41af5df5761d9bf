import {
  ConflictError,
  ConnectionDisconnectedError,
  ConnectionPausedError,
  InsufficientCreditsError,
  NotFoundError,
  type OperationError,
  SecretStoreError,
  SourceAuthError,
  SourceUnreachableError,
  ValidationError,
} from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { nodeId } from '../node-id.ts'
import { ErrorCode } from './enums.ts'

const ErrorInterface = builder.interfaceRef<OperationError>('Error').implement({
  description: 'What a caller can act on.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCode }),
    message: t.exposeString('message', { description: 'What happened, why, and what to do next.' }),
    path: t.stringList({
      nullable: true,
      description: 'Where in the input, starting below `input`; null when it concerns no one field.',
      resolve: (error) => (error.path === null ? null : [...error.path]),
    }),
  }),
})

const interfaces = [ErrorInterface]

builder.objectType(ValidationError, {
  name: 'ValidationError',
  interfaces,
  description: 'The input cannot be used as it is.',
})
builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  interfaces,
  description: 'No such object in this environment. Unknown and forbidden look the same.',
})
builder.objectType(ConflictError, {
  name: 'ConflictError',
  interfaces,
  description: 'It contradicts what is there now.',
  fields: (t) => ({
    connectionId: t.id({
      nullable: true,
      description: 'The other connection that stands in the way, where it is one.',
      resolve: ({ connectionId }) => (connectionId === null ? null : nodeId('Connection', connectionId)),
    }),
  }),
})
builder.objectType(InsufficientCreditsError, {
  name: 'InsufficientCreditsError',
  interfaces,
  description: "The environment's credit pool does not hold what the connection costs.",
  fields: (t) => ({ required: t.exposeInt('required'), available: t.exposeInt('available') }),
})
builder.objectType(ConnectionDisconnectedError, { name: 'ConnectionDisconnectedError', interfaces })
builder.objectType(ConnectionPausedError, { name: 'ConnectionPausedError', interfaces })
builder.objectType(SourceUnreachableError, {
  name: 'SourceUnreachableError',
  interfaces,
  description: 'The source did not answer, or not as its protocol promises.',
})
builder.objectType(SourceAuthError, {
  name: 'SourceAuthError',
  interfaces,
  description: 'The source refused the credentials.',
})
builder.objectType(SecretStoreError, {
  name: 'SecretStoreError',
  interfaces,
  description: 'The secret store could not be used; nothing was changed.',
})
