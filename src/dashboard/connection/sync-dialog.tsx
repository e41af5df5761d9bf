import { Checkbox, Group, Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { useIdempotencyKey } from '../forms/use-idempotency-key.ts'
import { type EntityType, StartSyncDocument, type SyncMode } from '../generated/documents.ts'
import { useStarted } from '../start/use-started.ts'
import { entityPlural } from '../ui/words.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export const SyncDialog = ({ connection, ...dialog }: Omit<ConnectionDialogProps, 'onChanged'>) => (
  <Dialog {...dialog} title={`Sync ${connection.name}`}>
    <SyncForm connection={connection} />
  </Dialog>
)

function SyncForm({ connection }: Pick<ConnectionFormProps, 'connection'>) {
  const enabled = connection.entities.filter((entity) => entity.enabled).map(({ entity }) => entity)
  const [entities, setEntities] = useState<readonly EntityType[]>(enabled)
  const [mode, setMode] = useState<SyncMode>('INCREMENTAL')
  const start = useOperation(StartSyncDocument)
  const keyOf = useIdempotencyKey()
  const started = useStarted()

  async function submit(): Promise<Failure | null> {
    const input = {
      connectionId: connection.id,
      mode,
      entities: entities.length === enabled.length ? null : [...entities],
    }
    const { payload, failure } = await start.run({ input: { ...input, idempotencyKey: keyOf(input) } })
    if (payload) started(payload)
    return failure
  }

  return (
    <DialogForm action="Start" leave="Not now" disabled={entities.length === 0} onSubmit={submit}>
      {() => (
        <>
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
        </>
      )}
    </DialogForm>
  )
}
