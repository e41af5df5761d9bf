import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { type Connected, ConnectedPanel } from '../connect/connected-panel.tsx'
import { newIdempotencyKey } from '../connect/idempotency-key.ts'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import { asObject, asSchema } from '../forms/json-schema.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SchemaFields } from '../forms/schema-fields.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import { ReconnectConnectionDocument, type SecretTargetInput } from '../generated/documents.ts'
import { plural } from '../ui/numbers.ts'
import type { ConnectionDialogProps } from './connection-actions.tsx'

export const ReconnectDialog = (props: ConnectionDialogProps) => (
  <Modal
    opened={props.opened}
    onClose={props.onClose}
    title={`Reconnect ${props.connection.name}`}
    size="xl"
    // a slip of the mouse must not lose a token that is shown once
    closeOnClickOutside={false}
  >
    <ReconnectForm {...props} />
  </Modal>
)

function ReconnectForm({ connection, onClose }: ConnectionDialogProps) {
  const { id, system, config: before } = connection
  const [config, setConfig] = useState(() => asObject(before))
  const [credentials, setCredentials] = useState(() => emptyCredentials(system.credentialsSchema))
  const [deliverTokenTo, setDeliverTokenTo] = useState<SecretTargetInput | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [connected, setConnected] = useState<Connected | null>(null)
  const reconnect = useOperation(ReconnectConnectionDocument)
  const sent = useRef({ input: '', idempotencyKey: '' })

  async function submit(event: FormEvent) {
    event.preventDefault()
    const input = { connectionId: id, config, credentials, deliverTokenTo }
    const text = JSON.stringify(input)
    if (sent.current.input !== text) sent.current = { input: text, idempotencyKey: newIdempotencyKey() }
    const outcome = await reconnect.run({ input: { ...input, idempotencyKey: sent.current.idempotencyKey } })
    setFailure(outcome.failure)
    if (!outcome.payload) return
    const { connection: made, syncRun, token, tokenDelivery } = outcome.payload
    setConnected({ ...made, syncRunId: syncRun.id, token, tokenDelivery })
  }

  // the old connection is read anew when the event of the new one comes, not before its token has been seen
  if (connected) return <ConnectedPanel {...connected} />
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text size="sm">
          A new connection follows this one: its name, customer, entities, history and schedules, with a new token and{' '}
          {plural(system.creditCost, 'credit')} of its own. The data of the old one stay with the old one.
        </Text>
        <SchemaFields
          schema={asSchema(system.configSchema)}
          value={config}
          onChange={setConfig}
          failure={failure}
          place={['config']}
        />
        <SchemaFields
          schema={asSchema(system.credentialsSchema)}
          value={credentials}
          onChange={setCredentials}
          failure={failure}
          place={['credentials']}
        />
        <SecretTargetFields
          what="token"
          value={deliverTokenTo}
          onChange={setDeliverTokenTo}
          failure={failure}
          place={['deliverTokenTo']}
        />
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={reconnect.running}>
            Reconnect
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
