import { Alert, Select, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Failure } from '../api/use-operation.ts'
import type { SecretTargetInput } from '../generated/documents.ts'
import { DialogForm } from './dialog-form.tsx'
import { overlaps } from './overlaps.ts'
import { SecretTargetFields } from './secret-target-fields.tsx'

export interface RotateSecretFormProps {
  what: 'token' | 'key'
  /** What will happen, before it is asked for. */
  children: ReactNode
  /** What comes of it where the secrets before end at once. */
  warning?: string
  /** Hands the new secret over; or says why there is none. */
  rotate: (chosen: { overlap: string; deliverTo: SecretTargetInput | null }) => Promise<Failure | null>
}

/** Asks for an overlap and a target. */
export function RotateSecretForm({ what, children, warning, rotate }: RotateSecretFormProps) {
  const [overlap, setOverlap] = useState('P1D')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  return (
    <DialogForm action="Rotate" leave="Not now" onSubmit={() => rotate({ overlap, deliverTo })}>
      {(failure) => (
        <>
          <Text size="sm">{children}</Text>
          <Select
            label="Overlap"
            data={overlaps}
            value={overlap}
            onChange={(chosen) => setOverlap(chosen ?? 'PT0S')}
            allowDeselect={false}
            maw={260}
          />
          {warning !== undefined && overlap === 'PT0S' && (
            <Alert variant="default" role="status">
              {warning}
            </Alert>
          )}
          <SecretTargetFields
            what={what}
            value={deliverTo}
            onChange={setDeliverTo}
            failure={failure}
            place={['deliverTo']}
          />
        </>
      )}
    </DialogForm>
  )
}
