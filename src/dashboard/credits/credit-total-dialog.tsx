import { Button, Group, Modal, NumberInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { failureAt } from '../forms/failure-at.ts'
import { Refusal } from '../forms/refusal.tsx'
import { SetCreditTotalDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import { count, plural } from '../ui/numbers.ts'

export interface CreditTotalDialogProps {
  opened: boolean
  onClose: () => void
  environment: string
  total: number
  used: number
  onChanged: () => void
}

export const CreditTotalDialog = (props: CreditTotalDialogProps) => (
  <Modal opened={props.opened} onClose={props.onClose} title={`Credits of ${props.environment}`}>
    <TotalForm {...props} />
  </Modal>
)

function TotalForm({ environment, total: before, used, onClose, onChanged }: CreditTotalDialogProps) {
  const [total, setTotal] = useState<number | string>(before)
  const [failure, setFailure] = useState<Failure | null>(null)
  const set = useOperation(SetCreditTotalDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const { failure: refused } = await set.run({ input: { environment, total: Number(total) } })
    setFailure(refused)
    if (refused) return
    tellDone(`${environment} has ${plural(Number(total), 'credit')} in all.`)
    onChanged()
    onClose()
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <NumberInput
          label="Credits in all"
          description={`${count(used)} of them are in use.`}
          value={total}
          onChange={setTotal}
          error={failureAt(failure, ['total'])}
          min={0}
          maw={240}
          data-autofocus
        />
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it as it is
          </Button>
          <Button type="submit" loading={set.running}>
            Change it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
