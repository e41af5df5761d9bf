import { ActionIcon, Button, Menu, Tooltip, VisuallyHidden } from '@mantine/core'
import { useEffect, useId, useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { useOperation } from '../api/use-operation.ts'
import { isTokenLost } from '../connect/use-arrival.ts'
import { PauseConnectionDocument, ResumeConnectionDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { focusable } from '../ui/focusable.tsx'
import { MoreIcon, RefreshIcon } from '../ui/icons.tsx'
import { tellDone, tellFailed } from '../ui/notify.ts'
import type { ConnectionFormProps } from './connection-dialog.ts'
import { DeleteDataDialog } from './delete-data-dialog.tsx'
import { DisconnectDialog } from './disconnect-dialog.tsx'
import { ReconnectDialog } from './reconnect-dialog.tsx'
import { RevokeTokenDialog } from './revoke-token-dialog.tsx'
import { RotateTokenDialog } from './rotate-token-dialog.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { SettingsDialog } from './settings-dialog.tsx'
import { SourceDialog } from './source-dialog.tsx'
import { SyncDialog } from './sync-dialog.tsx'
import { TokenRotationDialog } from './token-rotation-dialog.tsx'

type Dialog =
  | 'sync'
  | 'settings'
  | 'schedule'
  | 'source'
  | 'rotate'
  | 'rotation'
  | 'revoke'
  | 'disconnect'
  | 'reconnect'
  | 'delete'

/** What the token of a connection may do: who gets a new one out must have as much. */
const tokenScopes = ['CONNECTIONS_READ', 'SYNCS_READ', 'SYNCS_WRITE', 'RECORDS_READ'] as const

export function ConnectionActions({ connection, onChanged }: ConnectionFormProps) {
  const { may } = useSession()
  const lost = useTokenLost()
  const { status, reconnectedAs, entities, token } = connection
  const over = status === 'DISCONNECTED'
  const writes = may('CONNECTIONS_WRITE')
  const revokes = may('KEYS_MANAGE')
  const rotates = revokes && tokenScopes.every(may)
  const deleting = entities.every(({ dataDeletionRequestedAt }) => dataDeletionRequestedAt !== null)
  const [dialog, setDialog] = useState<Dialog | null>(() => (lost && rotates ? 'rotate' : null))
  const more = useRef<HTMLButtonElement>(null)
  const of = (which: Dialog) => ({
    connection,
    opened: dialog === which,
    onClose: () => setDialog(null),
    onChanged,
    returnTo: more,
  })

  return (
    <>
      {!over && may('SYNCS_WRITE') && may('SYNCS_READ') && (
        <SyncNow paused={status === 'PAUSED'} onAsked={() => setDialog('sync')} />
      )}
      {!over && writes && <PauseOrResume connection={connection} onChanged={onChanged} />}
      {over && writes && !reconnectedAs && <Button onClick={() => setDialog('reconnect')}>Reconnect</Button>}
      {over && may('RECORDS_DELETE') && !deleting && (
        <Button variant="default" onClick={() => setDialog('delete')}>
          Delete data
        </Button>
      )}
      {!over && (writes || revokes) && (
        <Menu position="bottom-end" shadow="md" width={250}>
          <Menu.Target>
            <ActionIcon ref={more} variant="default" size={36} aria-label="More actions">
              <MoreIcon />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {writes && (
              <>
                <Menu.Item onClick={() => setDialog('settings')}>Change the settings</Menu.Item>
                <Menu.Item onClick={() => setDialog('schedule')}>Change the schedule</Menu.Item>
                <Menu.Item onClick={() => setDialog('source')}>Change source and credentials</Menu.Item>
              </>
            )}
            {rotates && (
              <>
                <Menu.Item onClick={() => setDialog('rotate')}>Rotate the token</Menu.Item>
                <Menu.Item onClick={() => setDialog('rotation')}>Rotate it by itself …</Menu.Item>
              </>
            )}
            {revokes && (
              <Menu.Item onClick={() => setDialog('revoke')} disabled={token === null}>
                Revoke the token
              </Menu.Item>
            )}
            {writes && (
              <>
                <Menu.Divider />
                <Menu.Item c="var(--bad)" onClick={() => setDialog('disconnect')}>
                  Disconnect
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <SyncDialog {...of('sync')} />
      <SettingsDialog {...of('settings')} />
      <ScheduleDialog {...of('schedule')} />
      <SourceDialog {...of('source')} />
      <RotateTokenDialog {...of('rotate')} lost={lost} />
      <TokenRotationDialog {...of('rotation')} />
      <RevokeTokenDialog {...of('revoke')} />
      <DisconnectDialog {...of('disconnect')} />
      <ReconnectDialog {...of('reconnect')} />
      <DeleteDataDialog {...of('delete')} />
    </>
  )
}

/** While it cannot be used it can still be reached, and says why: a title says it to the mouse alone. */
function SyncNow({ paused, onAsked }: { paused: boolean; onAsked: () => void }) {
  const why = useId()
  const words = 'It is paused: resume it first.'
  return (
    <>
      <Tooltip label={words} disabled={!paused} withinPortal={false}>
        <Button
          leftSection={<RefreshIcon />}
          onClick={onAsked}
          renderRoot={focusable}
          disabled={paused}
          aria-describedby={paused ? why : undefined}
        >
          Sync now
        </Button>
      </Tooltip>
      {paused && <VisuallyHidden id={why}>{words}</VisuallyHidden>}
    </>
  )
}

function PauseOrResume({ connection: { id, status }, onChanged }: ConnectionFormProps) {
  const pause = useOperation(PauseConnectionDocument)
  const resume = useOperation(ResumeConnectionDocument)
  const paused = status === 'PAUSED'
  const input = { connectionId: id }

  /** Null: done. Else why not. */
  async function pauseIt(): Promise<string | null> {
    const { failure } = await pause.run({ input })
    if (failure) return failure.message
    tellDone('Paused: its schedule rests, running syncs finish.')
    return null
  }

  async function resumeIt(): Promise<string | null> {
    const { payload, failure } = await resume.run({ input })
    if (failure) return failure.message
    // the source refused the credentials before the pause, or during it
    if (payload.connection.status === 'ACTION_REQUIRED')
      tellDone('Not paused any more; its source has to be mended first.')
    else tellDone('Resumed: its schedule goes on.')
    return null
  }

  async function act() {
    const failure = await (paused ? resumeIt : pauseIt)()
    if (failure !== null) return tellFailed(failure)
    onChanged()
  }
  return (
    <Button
      variant="default"
      onClick={() => void act()}
      loading={pause.running || resume.running}
      renderRoot={focusable}
    >
      {paused ? 'Resume' : 'Pause'}
    </Button>
  )
}

/** Told once by whoever led here: the address forgets it, so that loading the page anew does not say it again. */
function useTokenLost(): boolean {
  const go = useNavigate()
  const { pathname, search, state } = useLocation()
  const [lost] = useState(() => isTokenLost(state))
  useEffect(() => {
    if (isTokenLost(state)) void go(`${pathname}${search}`, { replace: true, state: null })
  }, [go, pathname, search, state])
  return lost
}
