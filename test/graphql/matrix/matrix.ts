import { connectionTokenScopes } from '../../../src/auth/caller.ts'
import type { Scope } from '../../../src/generated/prisma/enums.ts'
import type { Matrix, Row } from './row.ts'

// Who may do what. A row for each root field, for each type that node(id) leads to, and for each field below that demands something of its own. Who
// the callers are, and what each of them must get by these rows, is in callers.ts.

type Options = Omit<Row, 'ask' | 'needs' | 'beyond'> & Partial<Pick<Row, 'beyond'>>

const query = (needs: readonly Scope[], fields: string, options: Options): Row => ({
  ask: `{ ${fields} }`,
  needs,
  beyond: 'OWN',
  ...options,
})

const ofConnection = (needs: readonly Scope[], fields: string, options: Options = {}): Row => ({
  ask: `{ connection(id: $connection) { ${fields} } }`,
  needs: ['CONNECTIONS_READ', ...needs],
  through: true,
  beyond: 'NULL',
  ...options,
})

const ofRun = (needs: readonly Scope[], fields: string): Row => ({
  ask: `{ syncRun(id: $endedRun) { ${fields} } }`,
  needs: ['SYNCS_READ', ...needs],
  through: true,
  beyond: 'NULL',
})

const ofRecord = (type: string, needs: readonly Scope[], fields: string): Row => ({
  ask: `{ node(id: $${type}) { ... on ${type} { ${fields} } } }`,
  needs: ['RECORDS_READ', ...needs],
  through: true,
  beyond: 'NULL',
})

const node = (type: string, needs: readonly Scope[], options: Options = {}): Row => ({
  ask: `{ it: node(id: $${type}) { id } }`,
  needs,
  beyond: 'NULL',
  ...options,
})

const stream = (field: string, beyond: Row['beyond']): Row => ({
  ask: `subscription { it: ${field} { connectionId } }`,
  needs: ['SYNCS_READ'],
  beyond,
})

interface Mutation extends Options {
  needs: Row['needs']
  input: string
}

const mutations = {
  testConnection: {
    needs: ['CONNECTIONS_WRITE'],
    input: 'system: "paper", config: {}, credentials: {}',
    beyond: 'OWN',
    changesNothing: true,
  },
  createConnection: {
    needs: ['CONNECTIONS_WRITE'],
    input: 'system: "paper", name: $unique, config: {}, credentials: {}',
    beyond: 'OWN',
  },
  updateConnection: { needs: ['CONNECTIONS_WRITE'], input: 'connectionId: $connection, name: $unique' },
  setSchedule: { needs: ['CONNECTIONS_WRITE'], input: 'connectionId: $connection, schedule: { every: "PT1H" }' },
  pauseConnection: { needs: ['CONNECTIONS_WRITE'], input: 'connectionId: $connection' },
  resumeConnection: { needs: ['CONNECTIONS_WRITE'], input: 'connectionId: $connection', of: 'PAUSED' },
  disconnectConnection: { needs: ['CONNECTIONS_WRITE'], input: 'connectionId: $connection' },
  reconnectConnection: {
    needs: ['CONNECTIONS_WRITE'],
    input: 'connectionId: $connection, credentials: {}, entities: [PART, VENDOR]',
    of: 'DISCONNECTED',
  },
  deleteConnectionData: { needs: ['RECORDS_DELETE'], input: 'connectionId: $connection', of: 'DISCONNECTED' },
  startSync: { needs: ['SYNCS_WRITE'], input: 'connectionId: $connection, entities: [ASSET]' },
  cancelSync: { needs: ['SYNCS_WRITE'], input: 'syncRunId: $run' },
  confirmDeletes: { needs: ['SYNCS_WRITE'], input: 'syncRunId: $endedRun, entity: PART' },
  dismissDeletes: { needs: ['SYNCS_WRITE'], input: 'syncRunId: $endedRun, entity: PART' },
  rotateConnectionToken: {
    needs: ['KEYS_MANAGE'],
    handsOver: [...connectionTokenScopes],
    input: 'connectionId: $connection, overlap: "PT1H"',
  },
  setTokenRotation: {
    needs: ['KEYS_MANAGE'],
    handsOver: [...connectionTokenScopes],
    input: 'connectionId: $connection, rotation: { target: { store: "vault", name: $unique }, every: "P30D" }',
  },
  revokeConnectionToken: { needs: ['KEYS_MANAGE'], input: 'connectionId: $connection' },
  createApiKey: {
    needs: ['KEYS_MANAGE'],
    handsOver: ['SYNCS_READ'],
    input: 'name: $unique, environment: "production", scopes: [SYNCS_READ]',
    ownerAnywhere: true,
  },
  rotateApiKey: { needs: ['KEYS_MANAGE'], handsOver: ['SYNCS_READ'], input: 'id: $ApiKey' },
  revokeApiKey: { needs: ['KEYS_MANAGE'], input: 'id: $ApiKey' },
  createEnvironment: { needs: 'OWNER', input: 'name: $unique, kind: TESTING, credits: 1', ownerAnywhere: true },
  setCreditTotal: { needs: 'OWNER', input: 'environment: "production", total: $number', ownerAnywhere: true },
} as const satisfies Record<string, Mutation>

function mutation(name: keyof typeof mutations, needs: readonly Scope[] = [], selected = ''): Row {
  const { input, ...row }: Mutation = mutations[name]
  const payload = `${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`
  return {
    ask: `mutation { it: ${name}(input: { ${input} }) { __typename ... on Error { code } ${selected && `... on ${payload} { ${selected} }`} } }`,
    beyond: 'NOT_FOUND',
    ...row,
    needs: row.needs === 'OWNER' ? 'OWNER' : [...row.needs, ...needs],
  }
}

const readsConnection = ['CONNECTIONS_READ'] as const
const readsRuns = ['SYNCS_READ'] as const
const readsRecords = ['RECORDS_READ'] as const

export const matrix: Matrix = {
  'Query.viewer': query([], 'it: viewer { kind }', {}),
  'Query.systems': query([], 'it: systems { key }', {}),
  'Query.environments': query([], 'it: environments { id }', { within: 'ENVIRONMENT', ownerAnywhere: true }),
  'Query.credits': query(readsConnection, 'it: credits { total }', { wholeEnvironment: true }),
  'Query.connections': query(readsConnection, 'it: connections(first: 200) { edges { node { id name } } }', {}),
  'Query.connection': ofConnection([], 'it: name'),
  'Query.syncRun': ofRun([], 'it: status'),
  'Query.apiKeys': query(['KEYS_MANAGE'], 'it: apiKeys(first: 200) { edges { node { id name } } }', {}),
  'Query.auditLog': query(['AUDIT_READ'], 'it: auditLog(first: 200) { edges { node { target } } }', {}),

  'Query.node': node('Connection', readsConnection),
  'node Environment': node('Environment', [], { within: 'ENVIRONMENT', ownerAnywhere: true }),
  'node Connection': node('Connection', readsConnection),
  'node EntityState': node('EntityState', readsConnection),
  'node SyncRun': node('SyncRun', readsRuns),
  'node EntityRun': node('EntityRun', readsRuns),
  'node ApiKey': node('ApiKey', ['KEYS_MANAGE']),
  'node Asset': node('Asset', readsRecords),
  'node Part': node('Part', readsRecords),
  'node PurchaseOrder': node('PurchaseOrder', readsRecords),
  'node Vendor': node('Vendor', readsRecords),
  'node WorkOrder': node('WorkOrder', readsRecords),

  'Viewer.environment': query([], 'viewer { it: environment { id } }', { within: 'ENVIRONMENT' }),
  'Viewer.apiKeyId': query([], 'viewer { it: kind apiKeyId }', {}),
  'Viewer.connection': query(readsConnection, 'viewer { it: kind connection { id } }', {}),
  'Environment.credits': query(readsConnection, 'environments { it: credits { total } }', {
    wholeEnvironment: true,
    ownerAnywhere: true,
  }),
  'CreditPool.ledger': query(readsConnection, 'credits { it: ledger(first: 200) { edges { node { balance } } } }', {
    wholeEnvironment: true,
  }),
  'CreditEntry.connection': query(
    readsConnection,
    'credits { it: ledger(first: 200) { edges { node { connection { id name } } } } }',
    { wholeEnvironment: true },
  ),
  'ApiKey.environment': query(['KEYS_MANAGE'], 'it: apiKeys { edges { node { environment { id } } } }', {}),

  'Connection.environment': ofConnection([], 'it: environment { id }'),
  'Connection.config': ofConnection([], 'it: config'),
  'Connection.token': ofConnection([], 'it: token { prefix lastFour }'),
  'Connection.tokenRotation': ofConnection([], 'it: tokenRotation { every }', { wholeEnvironment: true }),
  'Connection.entities': ofConnection([], 'it: entities { entity }'),
  'Connection.reconnectedFrom': ofConnection([], 'it: reconnectedFrom { id }', { wholeEnvironment: true }),
  'Connection.reconnectedAs': ofConnection([], 'reconnectedFrom { it: reconnectedAs { id } }', {
    wholeEnvironment: true,
  }),
  'Connection.syncRuns': ofConnection(readsRuns, 'it: syncRuns { edges { node { id } } }'),
  'Connection.changes': ofConnection(readsRecords, 'it: changes(entity: PART) { endCursor }'),
  'Change.record': ofConnection(readsRecords, 'changes(entity: PART) { changes { it: record { id } } }'),
  'Connection.records': ofConnection(readsRecords, 'it: records(entity: PART) { edges { node { id } } }'),
  'Connection.assets': ofConnection(readsRecords, 'it: assets { totalCount }'),
  'Connection.parts': ofConnection(readsRecords, 'it: parts { totalCount }'),
  'Connection.purchaseOrders': ofConnection(readsRecords, 'it: purchaseOrders { totalCount }'),
  'Connection.vendors': ofConnection(readsRecords, 'it: vendors { totalCount }'),
  'Connection.workOrders': ofConnection(readsRecords, 'it: workOrders { totalCount }'),
  'Connection.rejectedRecords': ofConnection(readsRecords, 'it: rejectedRecords(entity: PART) { totalCount }'),
  'RejectedRecord.payload': ofConnection(
    ['RECORDS_READ', 'RECORDS_RAW_READ'],
    'rejectedRecords(entity: PART) { edges { node { it: payload } } }',
  ),
  'EntityState.currentRun': ofConnection(readsRuns, 'entities { it: currentRun { id } }'),
  'EntityState.lastRun': ofConnection(readsRuns, 'entities { it: lastRun { id } }'),
  'EntityState.heldRun': ofConnection(readsRuns, 'entities { it: heldRun { id } }'),

  'SyncRun.connection': ofRun(readsConnection, 'it: connection { name }'),
  'SyncRun.entities': ofRun([], 'it: entities { entity }'),
  'EntityRun.heldDeletions': ofRun(readsRecords, 'entities { it: heldDeletions { edges { node { externalId } } } }'),
  'HeldDeletion.record': ofRun(readsRecords, 'entities { heldDeletions { edges { node { it: record { id } } } } }'),
  'EntityRun.rejectedRecords': ofRun(readsRecords, 'entities { it: rejectedRecords { externalId } }'),

  'Asset.raw': ofRecord('Asset', ['RECORDS_RAW_READ'], 'it: raw'),
  'Asset.parent': ofRecord('Asset', [], 'it: parent { id }'),
  'Asset.vendor': ofRecord('Asset', [], 'it: vendor { id }'),
  'Part.raw': ofRecord('Part', ['RECORDS_RAW_READ'], 'it: raw'),
  'PartVendor.vendor': ofRecord('Part', [], 'vendors { it: vendor { id } }'),
  'PurchaseOrder.raw': ofRecord('PurchaseOrder', ['RECORDS_RAW_READ'], 'it: raw'),
  'PurchaseOrder.vendor': ofRecord('PurchaseOrder', [], 'it: vendor { id }'),
  'PurchaseOrder.workOrder': ofRecord('PurchaseOrder', [], 'it: workOrder { id }'),
  'PurchaseOrderLine.asset': ofRecord('PurchaseOrder', [], 'lines { it: asset { id } }'),
  'PurchaseOrderLine.part': ofRecord('PurchaseOrder', [], 'lines { it: part { id } }'),
  'PurchaseOrderLine.workOrder': ofRecord('PurchaseOrder', [], 'lines { it: workOrder { id } }'),
  'Vendor.raw': ofRecord('Vendor', ['RECORDS_RAW_READ'], 'it: raw'),
  'WorkOrder.raw': ofRecord('WorkOrder', ['RECORDS_RAW_READ'], 'it: raw'),
  'WorkOrder.asset': ofRecord('WorkOrder', [], 'it: asset { id }'),
  'WorkOrder.parent': ofRecord('WorkOrder', [], 'it: parent { id }'),
  'WorkOrderPart.part': ofRecord('WorkOrder', [], 'parts { it: part { id } }'),

  'Subscription.syncProgress': stream('syncProgress(syncRunId: $run, after: 0)', 'BAD_USER_INPUT'),
  'Subscription.connectionEvents': stream('connectionEvents(connectionId: $connection, after: 0)', 'BAD_USER_INPUT'),
  'Subscription.recordChanges': {
    ask: 'subscription { it: recordChanges(connectionId: $connection, entity: PART) { endCursor } }',
    needs: readsRecords,
    beyond: 'BAD_USER_INPUT',
  },
  'Subscription.environmentEvents': stream('environmentEvents', 'OWN'),

  'Mutation.testConnection': mutation('testConnection'),
  'Mutation.createConnection': mutation('createConnection'),
  'CreateConnectionPayload.connection': mutation('createConnection', readsConnection, 'connection { id }'),
  'CreateConnectionPayload.syncRun': mutation('createConnection', readsRuns, 'syncRun { id }'),
  'Mutation.updateConnection': mutation('updateConnection'),
  'UpdateConnectionPayload.connection': mutation('updateConnection', readsConnection, 'connection { id }'),
  'Mutation.setSchedule': mutation('setSchedule'),
  'SetSchedulePayload.connection': mutation('setSchedule', readsConnection, 'connection { id }'),
  'Mutation.pauseConnection': mutation('pauseConnection'),
  'PauseConnectionPayload.connection': mutation('pauseConnection', readsConnection, 'connection { id }'),
  'Mutation.resumeConnection': mutation('resumeConnection'),
  'ResumeConnectionPayload.connection': mutation('resumeConnection', readsConnection, 'connection { id }'),
  'Mutation.disconnectConnection': mutation('disconnectConnection'),
  'DisconnectConnectionPayload.connection': mutation('disconnectConnection', readsConnection, 'connection { id }'),
  'Mutation.reconnectConnection': mutation('reconnectConnection'),
  'ReconnectConnectionPayload.connection': mutation('reconnectConnection', readsConnection, 'connection { id }'),
  'ReconnectConnectionPayload.syncRun': mutation('reconnectConnection', readsRuns, 'syncRun { id }'),
  'Mutation.deleteConnectionData': mutation('deleteConnectionData'),
  'DeleteConnectionDataPayload.connection': mutation('deleteConnectionData', readsConnection, 'connection { id }'),
  'Mutation.startSync': mutation('startSync'),
  'StartSyncPayload.syncRun': mutation('startSync', readsRuns, 'syncRun { id }'),
  'StartSyncPayload.attachedRuns': mutation('startSync', readsRuns, 'attachedRuns { id }'),
  'Mutation.cancelSync': mutation('cancelSync'),
  'CancelSyncPayload.syncRun': mutation('cancelSync', readsRuns, 'syncRun { id }'),
  'Mutation.confirmDeletes': mutation('confirmDeletes'),
  'ConfirmDeletesPayload.syncRun': mutation('confirmDeletes', readsRuns, 'syncRun { id }'),
  'Mutation.dismissDeletes': mutation('dismissDeletes'),
  'DismissDeletesPayload.syncRun': mutation('dismissDeletes', readsRuns, 'syncRun { id }'),
  'Mutation.rotateConnectionToken': mutation('rotateConnectionToken'),
  'RotateConnectionTokenPayload.connection': mutation('rotateConnectionToken', readsConnection, 'connection { id }'),
  'Mutation.setTokenRotation': mutation('setTokenRotation'),
  'SetTokenRotationPayload.connection': mutation('setTokenRotation', readsConnection, 'connection { id }'),
  'Mutation.revokeConnectionToken': mutation('revokeConnectionToken'),
  'RevokeConnectionTokenPayload.connection': mutation('revokeConnectionToken', readsConnection, 'connection { id }'),
  'Mutation.createApiKey': mutation('createApiKey'),
  'CreateApiKeyPayload.apiKey': mutation('createApiKey', [], 'apiKey { id }'),
  'Mutation.rotateApiKey': mutation('rotateApiKey'),
  'RotateApiKeyPayload.apiKey': mutation('rotateApiKey', [], 'apiKey { id }'),
  'Mutation.revokeApiKey': mutation('revokeApiKey'),
  'RevokeApiKeyPayload.apiKey': mutation('revokeApiKey', [], 'apiKey { id }'),
  'Mutation.createEnvironment': mutation('createEnvironment'),
  'CreateEnvironmentPayload.environment': mutation('createEnvironment', [], 'environment { id }'),
  'Mutation.setCreditTotal': mutation('setCreditTotal'),
  'SetCreditTotalPayload.credits': mutation('setCreditTotal', [], 'credits { total }'),
}
