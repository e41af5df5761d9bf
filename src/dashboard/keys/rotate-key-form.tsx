import { useOperation } from '../api/use-operation.ts'
import { RotateSecretForm, type RotateSecretFormProps } from '../forms/rotate-secret-form.tsx'
import { RotateApiKeyDocument } from '../generated/documents.ts'

export interface RotateKeyFormProps {
  id: string
  onClose: () => void
  onRotated: () => void
}

export function RotateKeyForm({ id, onClose, onRotated }: RotateKeyFormProps) {
  const { run, running } = useOperation(RotateApiKeyDocument)

  const rotate: RotateSecretFormProps['rotate'] = async (chosen) => {
    const { failure, payload } = await run({ input: { id, ...chosen } })
    if (payload) onRotated()
    return { failure, handed: payload && { secret: payload.key, delivery: payload.tokenDelivery } }
  }

  return (
    <RotateSecretForm what="key" rotate={rotate} running={running} onClose={onClose}>
      It gets a new secret. Name, scopes and expiry stay; the secret before works until the overlap is over.
    </RotateSecretForm>
  )
}
