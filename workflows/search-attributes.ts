import { defineSearchAttributeKey } from '@temporalio/common'

/** What an engineer filters by in the Temporal UI: the connection's id, the entity and the mode. */
export const connectionKey = defineSearchAttributeKey('SynclineConnection', 'KEYWORD')
export const entityKey = defineSearchAttributeKey('SynclineEntity', 'KEYWORD')
export const modeKey = defineSearchAttributeKey('SynclineMode', 'KEYWORD')
