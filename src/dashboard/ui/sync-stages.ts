import type { SyncStatus } from '../generated/documents.ts'

const ended: ReadonlySet<SyncStatus> = new Set(['SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'CANCELED'])

export const hasEnded = (status: SyncStatus) => ended.has(status)

const stages: readonly SyncStatus[] = ['QUEUED', 'RUNNING', 'CANCELING']
const stage = (status: SyncStatus) => (hasEnded(status) ? stages.length : stages.indexOf(status))

/** Of a status as it was read and as it was told, the one that is further. An end counts as it was read, also when that is corrected later. */
export const further = (read: SyncStatus, told: SyncStatus | null): SyncStatus =>
  told !== null && stage(told) > stage(read) ? told : read
