import { ActionIcon, Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { useOperation } from '../api/use-operation.ts'
import {
  type ConnectionDetailsFragment,
  PauseConnectionDocument,
  ResumeConnectionDocument,
} from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { MoreIcon, RefreshIcon } from '../ui/icons.tsx'
import { tellDone, tellFailed } from '../ui/notify.ts'
import { DeleteDataDialog } from './delete-data-dialog.tsx'
import { DisconnectDialog } from './disconnect-dialog.tsx'
import { ReconnectDialog } from './reconnect-dialog.tsx'
import { RevokeTokenDialog } from './revoke-token-dialog.tsx'
import { RotateTokenDialog } from './rotate-token-dialog.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { SourceDialog } from './source-dialog.tsx'
import { SyncDialog } from './sync-dialog.tsx'
import { TokenRotationDialog } from './token-rotation-dialog.tsx'

export interface ConnectionDialogProps {
  connection: ConnectionDetailsFragment
  opened: boolean
  onClose: () => void
  onChanged: () => void
}

type Dialog = 'sync' | 'schedule' | 'source' | 'rotate' | 'rotation' | 'revoke' | 'disconnect' | 'reconnect' | 'delete'

export interface ConnectionActionsProps {
  connection: ConnectionDetailsFragment
  onChanged: () => void
}

export function ConnectionActions({ connection, onChanged }: ConnectionActionsProps) {
  const { may } = useSession()
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const { status, reconnectedAs, dataDeletedAt, token } = connection
  const writes = may('CONNECTIONS_WRITE')
  const over = status === 'DISCONNECTED'
  const of = (which: Dialog) => ({ connection, opened: dialog === which, onClose: () => setDialog(null), onChanged })

  return (
    <>
      {!over && may('SYNCS_WRITE') && (
        <Button
          leftSection={<RefreshIcon />}
          onClick={() => setDialog('sync')}
          disabled={status === 'PAUSED'}
          title={status === 'PAUSED' ? 'It is paused: resume it first' : undefined}
        >
          Sync now
        </Button>
      )}
      {!over && writes && <PauseOrResume connection={connection} onChanged={onChanged} />}
      {over && writes && !reconnectedAs && <Button onClick={() => setDialog('reconnect')}>Reconnect</Button>}
      {over && may('RECORDS_DELETE') && dataDeletedAt === null && (
        <Button variant="default" onClick={() => setDialog('delete')}>
          Delete data
        </Button>
      )}
      {!over && writes && (
        <Menu position="bottom-end" shadow="md" width={220}>
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label="More actions">
              <MoreIcon />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setDialog('schedule')}>Change the schedule</Menu.Item>
            <Menu.Item onClick={() => setDialog('source')}>Change source and credentials</Menu.Item>
            <Menu.Item onClick={() => setDialog('rotate')}>Rotate the token</Menu.Item>
            <Menu.Item onClick={() => setDialog('rotation')}>Rotate it by itself …</Menu.Item>
            <Menu.Item onClick={() => setDialog('revoke')} disabled={token === null}>
              Revoke the token
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item c="var(--bad)" onClick={() => setDialog('disconnect')}>
              Disconnect
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <SyncDialog {...of('sync')} />
      <ScheduleDialog {...of('schedule')} />
      <SourceDialog {...of('source')} />
      <RotateTokenDialog {...of('rotate')} />
      <TokenRotationDialog {...of('rotation')} />
      <RevokeTokenDialog {...of('revoke')} />
      <DisconnectDialog {...of('disconnect')} />
      <ReconnectDialog {...of('reconnect')} />
      <DeleteDataDialog {...of('delete')} />
    </>
  )
}

function PauseOrResume({ connection: { id, status }, onChanged }: ConnectionActionsProps) {
  const pause = useOperation(PauseConnectionDocument)
  const resume = useOperation(ResumeConnectionDocument)
  if (status === 'ACTION_REQUIRED') return null
  const paused = status === 'PAUSED'
  const { run, running } = paused ? resume : pause

  async function act() {
    const { failure } = await run({ input: { connectionId: id } })
    if (failure) return tellFailed(failure.message)
    tellDone(paused ? 'Resumed: its schedule goes on.' : 'Paused: its schedule rests, running syncs finish.')
    onChanged()
  }
  return (
    <Button variant="default" onClick={() => void act()} loading={running}>
      {paused ? 'Resume' : 'Pause'}
    </Button>
  )
}
