import { useOperation } from '../api/use-operation.ts'
import { Dialog } from '../forms/dialog.tsx'
import { RotateSecretForm, type RotateSecretFormProps } from '../forms/rotate-secret-form.tsx'
import { RotateConnectionTokenDocument } from '../generated/documents.ts'
import { useHandOver } from '../session/hand-over.tsx'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export interface RotateTokenDialogProps extends ConnectionDialogProps {
  /** Whether the answer with its first token was lost. */
  lost: boolean
}

export const RotateTokenDialog = ({ connection, onChanged, lost, ...dialog }: RotateTokenDialogProps) => (
  <Dialog {...dialog} title="Rotate the token">
    <RotateForm connection={connection} onChanged={onChanged} lost={lost} />
  </Dialog>
)

function RotateForm({ connection: { id, name }, onChanged, lost }: ConnectionFormProps & { lost: boolean }) {
  const { run } = useOperation(RotateConnectionTokenDocument)
  const { handOver } = useHandOver()

  const rotate: RotateSecretFormProps['rotate'] = async (chosen) => {
    const { failure, payload } = await run({ input: { connectionId: id, ...chosen } })
    if (failure) return failure
    handOver({ of: name, what: 'token', secret: payload.token, delivery: payload.tokenDelivery })
    onChanged()
    return null
  }

  return (
    <RotateSecretForm what="token" rotate={rotate}>
      {lost
        ? `${name} was connected by the request before, whose answer was lost, and its token with it: it cannot be shown again. Rotate it to get one.`
        : `${name} gets a new token. Those before it work until the overlap is over, so that whoever reads its data can change over without a break.`}
    </RotateSecretForm>
  )
}
