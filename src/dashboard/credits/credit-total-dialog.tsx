import { NumberInput } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Dialog, type DialogProps } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { numberIn } from '../forms/number-in.ts'
import { SetCreditTotalDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import { count, plural } from '../ui/numbers.ts'

interface TotalFormProps {
  environment: string
  total: number
  used: number
  onChanged: () => void
}

export interface CreditTotalDialogProps extends TotalFormProps, Pick<DialogProps, 'opened' | 'onClose'> {}

export const CreditTotalDialog = ({ opened, onClose, ...form }: CreditTotalDialogProps) => (
  <Dialog opened={opened} onClose={onClose} title={`Credits of ${form.environment}`}>
    <TotalForm {...form} />
  </Dialog>
)

function TotalForm({ environment, total: before, used, onChanged }: TotalFormProps) {
  const [given, setGiven] = useState<number | string>(before)
  const total = numberIn(given, ['total'])
  const set = useOperation(SetCreditTotalDocument)

  async function submit(): Promise<Failure | null> {
    const { failure } = await set.run({ input: { environment, total: total.value } })
    if (failure) return failure
    tellDone(`${environment} has ${plural(total.value, 'credit')} in all.`)
    onChanged()
    return null
  }

  return (
    <DialogForm action="Change it" held={total.missing} onSubmit={submit}>
      {(failure) => (
        <NumberInput
          label="Credits in all"
          description={`${count(used)} of them are in use.`}
          value={given}
          onChange={setGiven}
          error={failureAt(failure, ['total'])}
          min={0}
          allowDecimal={false}
          maw={240}
          data-autofocus
        />
      )}
    </DialogForm>
  )
}
