import { Button, Checkbox, Group, Modal, Radio, Stack } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { newIdempotencyKey } from '../connect/idempotency-key.ts'
import { Refusal } from '../forms/refusal.tsx'
import { type EntityType, StartSyncDocument, type SyncMode } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { entityPlural } from '../ui/words.ts'
import type { ConnectionDialogProps } from './connection-actions.tsx'

export const SyncDialog = (props: ConnectionDialogProps) => (
  <Modal opened={props.opened} onClose={props.onClose} title={`Sync ${props.connection.name}`}>
    <SyncForm {...props} />
  </Modal>
)

function SyncForm({ connection, onClose }: ConnectionDialogProps) {
  const go = useNavigate()
  const { at } = useHere()
  const enabled = connection.entities.filter((entity) => entity.enabled).map(({ entity }) => entity)
  const [entities, setEntities] = useState<readonly EntityType[]>(enabled)
  const [mode, setMode] = useState<SyncMode>('INCREMENTAL')
  const [failure, setFailure] = useState<Failure | null>(null)
  const start = useOperation(StartSyncDocument)
  const idempotencyKey = useRef<string | null>(null)

  async function submit(event: FormEvent) {
    event.preventDefault()
    idempotencyKey.current ??= newIdempotencyKey()
    const { payload, failure: refused } = await start.run({
      input: {
        connectionId: connection.id,
        mode,
        entities: entities.length === enabled.length ? null : [...entities],
        idempotencyKey: idempotencyKey.current,
      },
    })
    setFailure(refused)
    // what was refused did nothing: the next attempt is another one
    if (refused) idempotencyKey.current = null
    if (!payload) return
    onClose()
    void go(at(`runs/${encodeURIComponent(payload.syncRun.id)}`))
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="lg">
        <Radio.Group label="What to read" value={mode} onChange={(chosen) => setMode(chosen as SyncMode)}>
          <Stack mt="xs" gap="sm">
            <Radio
              value="INCREMENTAL"
              label="What has changed"
              description="Since the last success of each entity. An entity that never succeeded is read whole."
            />
            <Radio
              value="FULL_RESYNC"
              label="Everything (full re-sync)"
              description={`The whole history period of ${connection.historyDays} days again; what is gone at the source is deleted here. Records stay readable meanwhile.`}
            />
          </Stack>
        </Radio.Group>
        <Checkbox.Group
          label="Entities"
          value={[...entities]}
          onChange={(chosen) => setEntities(chosen as EntityType[])} // the values below
        >
          <Group mt="xs" gap="md">
            {enabled.map((entity) => (
              <Checkbox key={entity} value={entity} label={entityPlural(entity)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={start.running} disabled={entities.length === 0}>
            Start
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
