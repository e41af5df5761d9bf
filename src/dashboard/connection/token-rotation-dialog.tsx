import { Group, Select, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { overlapsBySchedule } from '../forms/overlaps.ts'
import { SecretStoreFields } from '../forms/secret-target-fields.tsx'
import { type SecretTargetInput, SetTokenRotationDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export const TokenRotationDialog = ({ connection, onChanged, ...dialog }: ConnectionDialogProps) => (
  <Dialog {...dialog} title="Rotate the token by itself">
    <RotationForm connection={connection} onChanged={onChanged} />
  </Dialog>
)

const intervals = [
  { value: 'P1D', label: 'Every day' },
  { value: 'P7D', label: 'Every 7 days' },
  { value: 'P30D', label: 'Every 30 days' },
  { value: 'P90D', label: 'Every 90 days' },
]

/** A choice that keeps what was set elsewhere, whatever it is. */
const withGiven = (choices: { value: string; label: string }[], given: string) =>
  choices.some(({ value }) => value === given) ? choices : [...choices, { value: given, label: given }]

function RotationForm({ connection: { id, tokenRotation }, onChanged }: ConnectionFormProps) {
  const [on, setOn] = useState(tokenRotation !== null)
  const [every, setEvery] = useState(tokenRotation?.every ?? 'P30D')
  const [overlap, setOverlap] = useState(tokenRotation?.overlap ?? 'PT1H')
  const [target, setTarget] = useState<SecretTargetInput>(() => ({
    store: tokenRotation?.target.store ?? 'vault',
    name: tokenRotation?.target.name ?? '',
  }))
  const set = useOperation(SetTokenRotationDocument)

  async function submit(): Promise<Failure | null> {
    const rotation = on ? { every, overlap, target } : null
    const { failure } = await set.run({ input: { connectionId: id, rotation } })
    if (failure) return failure
    tellDone(on ? 'The token rotates by itself from now on.' : 'The token is rotated by hand only.')
    onChanged()
    return null
  }

  return (
    <DialogForm action="Change it" onSubmit={submit}>
      {(failure) => (
        <>
          <Text size="sm">
            A new token is written into the secret store each time, and nobody sees it. What fails is tried again, and
            the token of before goes on working meanwhile.
          </Text>
          <Switch label="Rotate it by itself" checked={on} onChange={(event) => setOn(event.currentTarget.checked)} />
          {on && (
            <>
              <Group gap="sm" align="flex-start">
                <Select
                  label="How often"
                  data={withGiven(intervals, every)}
                  value={every}
                  onChange={(chosen) => setEvery(chosen ?? every)}
                  allowDeselect={false}
                  error={failureAt(failure, ['rotation', 'every'])}
                  w={220}
                />
                <Select
                  label="Overlap"
                  data={withGiven(overlapsBySchedule, overlap)}
                  value={overlap}
                  onChange={(chosen) => setOverlap(chosen ?? overlap)}
                  allowDeselect={false}
                  error={failureAt(failure, ['rotation', 'overlap'])}
                  w={220}
                />
              </Group>
              <SecretStoreFields value={target} onChange={setTarget} failure={failure} place={['rotation', 'target']} />
            </>
          )}
        </>
      )}
    </DialogForm>
  )
}
