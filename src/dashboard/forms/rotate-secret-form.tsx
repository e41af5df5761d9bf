import { Button, Group, Select, Stack, Text } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Failure } from '../api/use-operation.ts'
import type { SecretTargetInput } from '../generated/documents.ts'
import { SecretOnce, type SecretOnceProps } from '../ui/secret-once.tsx'
import { overlaps } from './overlaps.ts'
import { Refusal } from './refusal.tsx'
import { SecretTargetFields } from './secret-target-fields.tsx'

type HandedOver = Omit<SecretOnceProps, 'what'>

export interface RotateSecretFormProps {
  what: 'token' | 'key'
  /** What will happen, before it is asked for. */
  children: ReactNode
  rotate(input: {
    overlap: string
    deliverTo: SecretTargetInput | null
  }): Promise<{ failure: Failure | null; handed: HandedOver | null }>
  running: boolean
  onClose: () => void
}

/** Asks for an overlap and a target, and shows the new secret once. */
export function RotateSecretForm({ what, children, rotate, running, onClose }: RotateSecretFormProps) {
  const [overlap, setOverlap] = useState('P1D')
  const [deliverTo, setDeliverTo] = useState<SecretTargetInput | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [handed, setHanded] = useState<HandedOver | null>(null)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const outcome = await rotate({ overlap, deliverTo })
    setFailure(outcome.failure)
    setHanded(outcome.handed)
  }

  if (handed)
    return (
      <Stack gap="md">
        <SecretOnce what={what} {...handed} />
        <Button onClick={onClose} w="fit-content">
          Done
        </Button>
      </Stack>
    )
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Text size="sm">{children}</Text>
        <Select
          label="Overlap"
          data={overlaps}
          value={overlap}
          onChange={(chosen) => setOverlap(chosen ?? 'PT0S')}
          allowDeselect={false}
          maw={260}
        />
        <SecretTargetFields
          what={what}
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
          <Button type="submit" loading={running}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
