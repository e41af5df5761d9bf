import { Modal } from '@mantine/core'
import { useOperation } from '../api/use-operation.ts'
import { RotateSecretForm, type RotateSecretFormProps } from '../forms/rotate-secret-form.tsx'
import { RotateConnectionTokenDocument } from '../generated/documents.ts'
import type { ConnectionDialogProps } from './connection-actions.tsx'

export const RotateTokenDialog = (props: ConnectionDialogProps) => (
  <Modal
    opened={props.opened}
    onClose={props.onClose}
    title="Rotate the token"
    // a slip of the mouse must not lose a token that is shown once
    closeOnClickOutside={false}
  >
    <RotateForm {...props} />
  </Modal>
)

function RotateForm({ connection, onClose, onChanged }: ConnectionDialogProps) {
  const { run, running } = useOperation(RotateConnectionTokenDocument)

  const rotate: RotateSecretFormProps['rotate'] = async (chosen) => {
    const { failure, payload } = await run({ input: { connectionId: connection.id, ...chosen } })
    if (payload) onChanged()
    return { failure, handed: payload && { secret: payload.token, delivery: payload.tokenDelivery } }
  }

  return (
    <RotateSecretForm what="token" rotate={rotate} running={running} onClose={onClose}>
      {connection.name} gets a new token. Those before it work until the overlap is over, so that whoever reads its data
      can change over without a break.
    </RotateSecretForm>
  )
}
