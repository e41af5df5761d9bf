import {
  ConnectionStatus as ConnectionStatuses,
  EntityType as EntityTypes,
  EnvironmentKind as EnvironmentKinds,
  Scope as Scopes,
  SyncErrorCategory as SyncErrorCategories,
  SyncEventType as SyncEventTypes,
  SyncMode as SyncModes,
  SyncStatus as SyncStatuses,
  SyncTrigger as SyncTriggers,
} from '../../generated/prisma/enums.ts'
import { builder } from '../builder.ts'

export const EnvironmentKind = builder.enumType(EnvironmentKinds, { name: 'EnvironmentKind' })
export const Scope = builder.enumType(Scopes, {
  name: 'Scope',
  description: 'What a key may do within its environment.',
})
export const EntityType = builder.enumType(EntityTypes, {
  name: 'EntityType',
  description: 'The entities of the unified model.',
})
export const ConnectionStatus = builder.enumType(ConnectionStatuses, {
  name: 'ConnectionStatus',
  description:
    'ACTION_REQUIRED: someone has to change something at the source or in the connection; statusReason says what.',
})
export const SyncMode = builder.enumType(SyncModes, {
  name: 'SyncMode',
  description:
    'INITIAL and FULL_RESYNC read the whole history period, INCREMENTAL what changed since the last success.',
})
export const SyncTrigger = builder.enumType(SyncTriggers, { name: 'SyncTrigger' })
export const SyncStatus = builder.enumType(SyncStatuses, {
  name: 'SyncStatus',
  description: 'PARTIALLY_SUCCEEDED: some entities succeeded, and each of the others tells its error.',
})
export const SyncErrorCategory = builder.enumType(SyncErrorCategories, { name: 'SyncErrorCategory' })
export const SyncEventType = builder.enumType(SyncEventTypes, { name: 'SyncEventType' })

export const ViewerKind = builder.enumType('ViewerKind', { values: ['OWNER', 'API_KEY', 'CONNECTION_TOKEN'] as const })
export const TokenDelivery = builder.enumType('TokenDelivery', {
  description:
    'SHOWN: in the answer, this once. DELIVERED: written to the target. FAILED: the target refused it, and it was revoked; or it was revoked on its way.',
  values: ['SHOWN', 'DELIVERED', 'FAILED'] as const,
})
export const RecordOrder = builder.enumType('RecordOrder', {
  description: 'Records without the value come last in every order; equals stand in the order of their key.',
  values: ['SOURCE_UPDATED_AT_DESC', 'SOURCE_UPDATED_AT_ASC', 'NUMBER_ASC'] as const,
})
export const ChangeKind = builder.enumType('ChangeKind', { values: ['CREATED', 'UPDATED', 'DELETED'] as const })
export const ErrorCode = builder.enumType('ErrorCode', {
  values: [
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'CONFLICT',
    'INSUFFICIENT_CREDITS',
    'CONNECTION_DISCONNECTED',
    'CONNECTION_PAUSED',
    'SOURCE_UNREACHABLE',
    'SOURCE_AUTH_FAILED',
    'SECRET_STORE_UNAVAILABLE',
  ] as const,
})
