import { Text } from '@mantine/core'
import { useOperation } from '../api/use-operation.ts'
import { totalRecords } from '../connections/freshness.ts'
import { DeleteConnectionDataDocument } from '../generated/documents.ts'
import { Confirm } from '../forms/confirm.tsx'
import { tellDone } from '../ui/notify.ts'
import { plural } from '../ui/numbers.ts'
import type { ConnectionDialogProps } from './connection-dialog.ts'

export function DeleteDataDialog({ connection, onChanged, ...dialog }: ConnectionDialogProps) {
  const remove = useOperation(DeleteConnectionDataDocument)
  return (
    <Confirm
      {...dialog}
      title={`Delete the data of ${connection.name}?`}
      action="Delete the data"
      danger
      typed={connection.name}
      onConfirm={async () => {
        const { failure } = await remove.run({ input: { connectionId: connection.id } })
        if (failure) return failure.message
        tellDone('The data are hidden from everybody, and are being deleted.')
        onChanged()
        return null
      }}
    >
      <Text size="sm">
        {plural(totalRecords(connection.entities), 'record')}, their payloads and the rejected records are deleted for
        good. Nobody is shown any of them from now on. Runs, events, audit log and ledger stay.
      </Text>
    </Confirm>
  )
}
