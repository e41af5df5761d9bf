import { Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { changed } from '../forms/changed.ts'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { emptyCredentials } from '../forms/empty-credentials.ts'
import { asObject, type JsonObject } from '../forms/json-schema.ts'
import { ConfigFields, CredentialsFields, unreadableSource } from '../forms/source-fields.tsx'
import { UpdateConnectionDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export const SourceDialog = ({ connection, onChanged, ...dialog }: ConnectionDialogProps) => (
  <Dialog {...dialog} title="Change source and credentials" size="xl">
    <SourceForm connection={connection} onChanged={onChanged} />
  </Dialog>
)

function SourceForm({ connection, onChanged }: ConnectionFormProps) {
  const { id, system } = connection
  // the page reads on behind the form
  const [before] = useState(() => asObject(connection.config))
  const [config, setConfig] = useState(before)
  const [credentials, setCredentials] = useState<JsonObject | null>(null)
  const update = useOperation(UpdateConnectionDocument)

  async function submit(): Promise<Failure | null> {
    const changes = { config: changed(config, before), credentials }
    const { failure } = await update.run({ input: { connectionId: id, ...changes } })
    if (failure) return failure
    const nothing = changes.config === undefined && credentials === null
    tellDone(nothing ? 'Nothing was changed.' : 'The source was asked, and the change is stored.')
    onChanged()
    return null
  }

  return (
    <DialogForm action="Check and change" held={unreadableSource({ config, credentials })} onSubmit={submit}>
      {(failure) => (
        <>
          <Text size="sm" c="dimmed">
            The source is asked first; nothing is stored that does not work. A change of what is read makes the next run
            of the entity a full re-sync.
          </Text>
          <ConfigFields system={system} value={config} onChange={setConfig} failure={failure} />
          <Switch
            label="Give new credentials"
            description="Those stored are then destroyed. A new address needs new ones."
            checked={credentials !== null}
            onChange={(event) =>
              setCredentials(event.currentTarget.checked ? emptyCredentials(system.credentialsSchema) : null)
            }
          />
          {credentials !== null && (
            <CredentialsFields system={system} value={credentials} onChange={setCredentials} failure={failure} />
          )}
        </>
      )}
    </DialogForm>
  )
}
