import { expect, test } from 'vitest'
import type { SyncEvent } from '../../src/dashboard/api/follow.ts'
import type { EntityType, SyncEventType } from '../../src/dashboard/generated/documents.ts'
import { bringsRecords } from '../../src/dashboard/records/brings-records.ts'

const event = (type: SyncEventType, entity: EntityType | null, connectionId = 'plant'): SyncEvent => ({
  __typename: 'SyncEvent',
  sequence: '1',
  type,
  at: '2026-01-01T00:00:00Z',
  connectionId,
  syncRunId: null,
  entity,
  status: null,
  estimatedTotal: null,
  message: null,
  counts: null,
})

test('records of an entity are read again when it has ended, was decided on, or was deleted with or without the others', () => {
  const brings = (...of: Parameters<typeof event>) => bringsRecords(event(...of), 'plant', 'PART')
  expect(brings('ENTITY_FINISHED', 'PART')).toBe(true)
  expect(brings('DELETES_CONFIRMED', 'PART')).toBe(true)
  expect(brings('CONNECTION_DATA_DELETED', 'PART')).toBe(true)
  expect(brings('CONNECTION_DATA_DELETED', null)).toBe(true)
  expect(brings('ENTITY_FINISHED', 'VENDOR')).toBe(false)
  expect(brings('ENTITY_FINISHED', 'PART', 'other')).toBe(false)
  expect(brings('ENTITY_PROGRESS', 'PART')).toBe(false)
})

test('what is told of all entities of a connection is read again with any of them', () => {
  expect(bringsRecords(event('DELETES_CONFIRMED', 'VENDOR'), 'plant')).toBe(true)
  expect(bringsRecords(event('CONNECTION_DATA_DELETED', null), 'plant')).toBe(true)
  expect(bringsRecords(event('RUN_FINISHED', null), 'plant')).toBe(false)
})
