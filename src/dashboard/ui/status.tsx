import type { ConnectionStatus, SyncStatus } from '../generated/documents.ts'
import classes from './status.module.css'

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle'

export interface StatusProps {
  tone: Tone
  label: string
  /** Something goes on right now. */
  busy?: boolean
  /** Over, or switched off. */
  hollow?: boolean
}

/** Says it in words; the colour only helps. */
export const Status = ({ tone, label, busy = false, hollow = false }: StatusProps) => (
  <span className={classes['status']}>
    <span
      className={classes['dot']}
      data-tone={tone}
      data-busy={busy || undefined}
      data-hollow={hollow || undefined}
      aria-hidden
    />
    {label}
  </span>
)

const connectionStatuses: Record<ConnectionStatus, StatusProps> = {
  ACTIVE: { tone: 'good', label: 'Active' },
  PAUSED: { tone: 'idle', label: 'Paused' },
  ACTION_REQUIRED: { tone: 'bad', label: 'Action required' },
  DISCONNECTED: { tone: 'idle', label: 'Disconnected', hollow: true },
}

export const ConnectionStatusMark = ({ status }: { status: ConnectionStatus }) => (
  <Status {...connectionStatuses[status]} />
)

const syncStatuses: Record<SyncStatus, StatusProps> = {
  QUEUED: { tone: 'idle', label: 'Queued', busy: true },
  RUNNING: { tone: 'busy', label: 'Running', busy: true },
  CANCELING: { tone: 'warn', label: 'Canceling', busy: true },
  SUCCEEDED: { tone: 'good', label: 'Succeeded' },
  PARTIALLY_SUCCEEDED: { tone: 'warn', label: 'Partly succeeded' },
  FAILED: { tone: 'bad', label: 'Failed' },
  CANCELED: { tone: 'idle', label: 'Canceled', hollow: true },
}

export const SyncStatusMark = ({ status }: { status: SyncStatus }) => <Status {...syncStatuses[status]} />
