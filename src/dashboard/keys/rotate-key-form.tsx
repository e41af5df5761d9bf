import { useOperation } from '../api/use-operation.ts'
import { RotateSecretForm, type RotateSecretFormProps } from '../forms/rotate-secret-form.tsx'
import { type KeyRowFragment, RotateApiKeyDocument } from '../generated/documents.ts'
import { useHandOver } from '../session/hand-over.tsx'

export interface RotateKeyFormProps {
  apiKey: KeyRowFragment
  /** Whether the session was opened with it. */
  own: boolean
  onRotated: () => void
}

export function RotateKeyForm({ apiKey: { id, name }, own, onRotated }: RotateKeyFormProps) {
  const { run } = useOperation(RotateApiKeyDocument)
  const { handOver } = useHandOver()

  const rotate: RotateSecretFormProps['rotate'] = async (chosen) => {
    const { failure, payload } = await run({ input: { id, ...chosen } })
    if (failure) return failure
    handOver({ of: name, what: 'key', secret: payload.key, delivery: payload.tokenDelivery })
    onRotated()
    return null
  }

  return (
    <RotateSecretForm
      what="key"
      rotate={rotate}
      warning={
        own ? 'You are signed in with this key: you will be signed out, and sign in with the new one.' : undefined
      }
    >
      It gets a new secret. Name, scopes and expiry stay; the secret before works until the overlap is over.
    </RotateSecretForm>
  )
}
