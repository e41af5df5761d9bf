import { Text } from '@mantine/core'
import { useOperation } from '../api/use-operation.ts'
import { RevokeConnectionTokenDocument } from '../generated/documents.ts'
import { Confirm } from '../forms/confirm.tsx'
import { tellDone } from '../ui/notify.ts'
import type { ConnectionDialogProps } from './connection-dialog.ts'

export function RevokeTokenDialog({ connection, onChanged, ...dialog }: ConnectionDialogProps) {
  const revoke = useOperation(RevokeConnectionTokenDocument)
  return (
    <Confirm
      {...dialog}
      title={`Revoke the token of ${connection.name}?`}
      action="Revoke it"
      danger
      onConfirm={async () => {
        const { failure } = await revoke.run({ input: { connectionId: connection.id } })
        if (failure) return failure.message
        tellDone('The token is revoked.')
        onChanged()
        return null
      }}
    >
      <Text size="sm">
        The next request with it is refused, and its streams end within a second; older tokens that overlap stop too.
        Syncs and schedules go on. Rotate the token to make a new one.
      </Text>
    </Confirm>
  )
}
