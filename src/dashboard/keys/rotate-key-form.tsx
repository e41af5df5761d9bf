import { Button, Group, Select, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { overlaps } from '../forms/overlaps.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import { RotateApiKeyDocument, type RotateApiKeyMutation, type SecretTargetInput } from '../generated/documents.ts'
import { SecretOnce } from '../ui/secret-once.tsx'

export interface RotateKeyFormProps {
  id: string
  onClose: () => void
  onRotated: () => void
}

type Rotated = Extract<RotateApiKeyMutation['rotateApiKey'], { __typename: 'RotateApiKeyPayload' }>

export function RotateKeyForm({ id, onClose, onRotated }: RotateKeyFormProps) {
  const [overlap, setOverlap] = useState('P1D')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [rotated, setRotated] = useState<Rotated | null>(null)
  const rotate = useOperation(RotateApiKeyDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const outcome = await rotate.run({ input: { id, overlap, deliverTo } })
    setFailure(outcome.failure)
    setRotated(outcome.payload)
    if (outcome.payload) onRotated()
  }

  if (rotated)
    return (
      <Stack gap="md">
        <SecretOnce what="key" secret={rotated.key} delivery={rotated.tokenDelivery} />
        <Button onClick={onClose} w="fit-content">
          Done
        </Button>
      </Stack>
    )
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text size="sm">
          It gets a new secret. Name, scopes and expiry stay; the secret before works until the overlap is over.
        </Text>
        <Select
          label="Overlap"
          data={overlaps}
          value={overlap}
          onChange={(chosen) => setOverlap(chosen ?? 'PT0S')}
          allowDeselect={false}
          maw={260}
        />
        <SecretTargetFields
          what="key"
          value={deliverTo}
          onChange={setDeliverTo}
          failure={failure}
          place={['deliverTo']}
        />
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={rotate.running}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
