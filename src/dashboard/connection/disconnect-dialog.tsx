import { List, Text } from '@mantine/core'
import { useOperation } from '../api/use-operation.ts'
import { DisconnectConnectionDocument } from '../generated/documents.ts'
import { Confirm } from '../forms/confirm.tsx'
import { tellDone } from '../ui/notify.ts'
import { plural } from '../ui/numbers.ts'
import type { ConnectionDialogProps } from './connection-dialog.ts'

export function DisconnectDialog({ connection, onChanged, ...dialog }: ConnectionDialogProps) {
  const disconnect = useOperation(DisconnectConnectionDocument)
  const { id, name, creditCost } = connection
  return (
    <Confirm
      {...dialog}
      title={`Disconnect ${name}?`}
      action="Disconnect"
      danger
      typed={name}
      onConfirm={async () => {
        const { payload, failure } = await disconnect.run({ input: { connectionId: id } })
        if (failure) return failure.message
        tellDone(`Disconnected. ${plural(payload.creditsReturned, 'credit')} came back.`)
        onChanged()
        return null
      }}
    >
      <Text size="sm" mb="xs">
        At once, and for good:
      </Text>
      <List size="sm" spacing={4}>
        <List.Item>Its token is refused, and streams opened with it end.</List.Item>
        <List.Item>Running syncs are canceled, its schedules stop.</List.Item>
        <List.Item>The stored credentials of the source are destroyed.</List.Item>
        <List.Item>What it took comes back to the pool: {plural(creditCost, 'credit')}.</List.Item>
        <List.Item>Its records stay readable with a key until you delete them.</List.Item>
      </List>
      <Text size="sm" mt="xs">
        It cannot be undone. Reconnecting makes a new connection with a new token.
      </Text>
    </Confirm>
  )
}
