import { Button, Group, Modal, Stack, Switch, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import { asObject, asSchema, type JsonObject } from '../forms/json-schema.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SchemaFields } from '../forms/schema-fields.tsx'
import { UpdateConnectionDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import type { ConnectionDialogProps } from './connection-actions.tsx'

export const SourceDialog = (props: ConnectionDialogProps) => (
  <Modal opened={props.opened} onClose={props.onClose} title="Change source and credentials" size="xl">
    <SourceForm {...props} />
  </Modal>
)

function SourceForm({ connection: { id, system, config: before }, onClose, onChanged }: ConnectionDialogProps) {
  const [config, setConfig] = useState(() => asObject(before))
  const [credentials, setCredentials] = useState<JsonObject | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const update = useOperation(UpdateConnectionDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const { failure: refused } = await update.run({ input: { connectionId: id, config, credentials } })
    setFailure(refused)
    if (refused) return
    tellDone('The source was asked, and the change is stored.')
    onChanged()
    onClose()
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          The source is asked first; nothing is stored that does not work. A change of what is read makes the next run
          of the entity a full re-sync.
        </Text>
        <SchemaFields
          schema={asSchema(system.configSchema)}
          value={config}
          onChange={setConfig}
          failure={failure}
          place={['config']}
        />
        <Switch
          label="Give new credentials"
          description="Those stored are then destroyed. A new address needs new ones."
          checked={credentials !== null}
          onChange={(event) =>
            setCredentials(event.currentTarget.checked ? emptyCredentials(system.credentialsSchema) : null)
          }
        />
        {credentials !== null && (
          <SchemaFields
            schema={asSchema(system.credentialsSchema)}
            value={credentials}
            onChange={setCredentials}
            failure={failure}
            place={['credentials']}
          />
        )}
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it as it is
          </Button>
          <Button type="submit" loading={update.running}>
            Check and change
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
