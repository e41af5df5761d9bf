import { NumberInput, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Dialog, type DialogProps } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { numberIn } from '../forms/number-in.ts'
import { CreateEnvironmentDocument, type EnvironmentKind } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { tellDone } from '../ui/notify.ts'
import { inSentenceCase } from '../ui/words.ts'

export interface EnvironmentDialogProps extends Pick<DialogProps, 'opened' | 'onClose'> {
  onMade: () => void
}

export const EnvironmentDialog = ({ onMade, ...dialog }: EnvironmentDialogProps) => (
  <Dialog {...dialog} title="Make an environment">
    <EnvironmentForm onMade={onMade} />
  </Dialog>
)

const kinds: readonly EnvironmentKind[] = ['PRODUCTION', 'DEVELOPMENT', 'TESTING']

function EnvironmentForm({ onMade }: Pick<EnvironmentDialogProps, 'onMade'>) {
  const { refresh } = useSession()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<EnvironmentKind>('TESTING')
  const [given, setGiven] = useState<number | string>(100)
  const credits = numberIn(given, ['credits'])
  const create = useOperation(CreateEnvironmentDocument)

  async function submit(): Promise<Failure | null> {
    const { failure } = await create.run({ input: { name, kind, credits: credits.value } })
    if (failure) return failure
    tellDone(`The environment ${name} is made.`)
    refresh()
    onMade()
    return null
  }

  return (
    <DialogForm action="Make it" leave="Not now" held={credits.missing} onSubmit={submit}>
      {(failure) => (
        <>
          <TextInput
            label="Name"
            description="Small letters, digits and dashes. It is final."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={failureAt(failure, ['name'])}
            required
            data-autofocus
          />
          <Select
            label="Kind"
            description="Its keys and tokens carry it. It is final."
            data={kinds.map((value) => ({ value, label: inSentenceCase(value) }))}
            value={kind}
            onChange={(chosen) => setKind(kinds.find((each) => each === chosen) ?? kind)}
            allowDeselect={false}
          />
          <NumberInput
            label="Credits"
            value={given}
            onChange={setGiven}
            error={failureAt(failure, ['credits'])}
            min={0}
            allowDecimal={false}
            maw={240}
          />
        </>
      )}
    </DialogForm>
  )
}
