import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { overlaps } from '../forms/overlaps.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SecretTargetFields } from '../forms/secret-target-fields.tsx'
import {
  RotateConnectionTokenDocument,
  type RotateConnectionTokenMutation,
  type SecretTargetInput,
} from '../generated/documents.ts'
import { SecretOnce } from '../ui/secret-once.tsx'
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

type Rotated = Extract<
  RotateConnectionTokenMutation['rotateConnectionToken'],
  { __typename: 'RotateConnectionTokenPayload' }
>

function RotateForm({ connection, onClose, onChanged }: ConnectionDialogProps) {
  const [overlap, setOverlap] = useState('P1D')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [rotated, setRotated] = useState<Rotated | null>(null)
  const rotate = useOperation(RotateConnectionTokenDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const outcome = await rotate.run({ input: { connectionId: connection.id, overlap, deliverTo } })
    setFailure(outcome.failure)
    setRotated(outcome.payload)
    if (outcome.payload) onChanged()
  }

  if (rotated)
    return (
      <Stack gap="md">
        <SecretOnce what="token" secret={rotated.token} delivery={rotated.tokenDelivery} />
        <Button onClick={onClose} w="fit-content">
          Done
        </Button>
      </Stack>
    )
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text size="sm">
          {connection.name} gets a new token. Those before it work until the overlap is over, so that whoever reads its
          data can change over without a break.
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
          what="token"
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
