import { Text } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { useArrival } from '../connect/use-arrival.ts'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import { asObject } from '../forms/json-schema.ts'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import { ConfigFields, CredentialsFields, unreadableSource } from '../forms/source-fields.tsx'
import { useIdempotencyKey } from '../forms/use-idempotency-key.ts'
import { ReconnectConnectionDocument, type SecretTargetInput } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { plural } from '../ui/numbers.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export const ReconnectDialog = ({ connection, ...dialog }: Omit<ConnectionDialogProps, 'onChanged'>) => (
  <Dialog {...dialog} title={`Reconnect ${connection.name}`} size="xl">
    <ReconnectForm connection={connection} />
  </Dialog>
)

function ReconnectForm({ connection: { id, system, config: before } }: Pick<ConnectionFormProps, 'connection'>) {
  const { may } = useSession()
  const [config, setConfig] = useState(() => asObject(before))
  const [credentials, setCredentials] = useState(() => emptyCredentials(system.credentialsSchema))
  const [deliverTokenTo, setDeliverTokenTo] = useState<SecretTargetInput | null>(null)
  const reconnect = useOperation(ReconnectConnectionDocument)
  const keyOf = useIdempotencyKey()
  const arrive = useArrival()

  async function submit(): Promise<Failure | null> {
    const input = { connectionId: id, config, credentials, deliverTokenTo }
    const { payload, failure } = await reconnect.run({
      input: { ...input, idempotencyKey: keyOf(input) },
      withRun: may('SYNCS_READ'),
    })
    if (payload) arrive(payload)
    return failure
  }

  return (
    <DialogForm action="Reconnect" leave="Not now" held={unreadableSource({ config, credentials })} onSubmit={submit}>
      {(failure) => (
        <>
          <Text size="sm">
            A new connection follows this one: its name, customer, entities, history and schedules, with a new token and{' '}
            {plural(system.creditCost, 'credit')} of its own. The data of the old one stay with the old one.
          </Text>
          <ConfigFields system={system} value={config} onChange={setConfig} failure={failure} />
          <CredentialsFields system={system} value={credentials} onChange={setCredentials} failure={failure} />
          <SecretTargetFields
            what="token"
            value={deliverTokenTo}
            onChange={setDeliverTokenTo}
            failure={failure}
            place={['deliverTokenTo']}
          />
        </>
      )}
    </DialogForm>
  )
}
