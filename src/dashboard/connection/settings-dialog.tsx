import { Checkbox, Group, NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { changed } from '../forms/changed.ts'
import { CustomerFields, customerIn } from '../forms/customer-fields.tsx'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { failureAt } from '../forms/failure-at.ts'
import { numberIn } from '../forms/number-in.ts'
import { missing } from '../forms/unreadable.ts'
import { type EntityType, UpdateConnectionDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import { entityPlural } from '../ui/words.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'

export const SettingsDialog = ({ connection, onChanged, ...dialog }: ConnectionDialogProps) => (
  <Dialog {...dialog} title="Change the settings">
    <SettingsForm connection={connection} onChanged={onChanged} />
  </Dialog>
)

const inOrder = (entities: readonly EntityType[]) => entities.toSorted()

function SettingsForm({ connection, onChanged }: ConnectionFormProps) {
  const { id, system } = connection
  // the page reads on behind the form
  const [before] = useState(() => ({
    name: connection.name,
    customer: { externalId: connection.customer?.externalId ?? '', name: connection.customer?.name ?? '' },
    entities: connection.entities.filter(({ enabled }) => enabled).map(({ entity }) => entity),
    historyDays: connection.historyDays,
    deleteGuardPercent: connection.deleteGuardPercent,
  }))
  const [name, setName] = useState(before.name)
  const [customer, setCustomer] = useState(before.customer)
  const [entities, setEntities] = useState<readonly EntityType[]>(before.entities)
  const [days, setDays] = useState<number | string>(before.historyDays)
  const [percent, setPercent] = useState<number | string>(before.deleteGuardPercent)
  const historyDays = numberIn(days, ['historyDays'])
  const deleteGuardPercent = numberIn(percent, ['deleteGuardPercent'])
  const update = useOperation(UpdateConnectionDocument)
  const customerGone = customerIn(before.customer) !== null && customerIn(customer) === null

  async function submit(): Promise<Failure | null> {
    const { failure } = await update.run({
      input: {
        connectionId: id,
        name: changed(name, before.name),
        customer: changed(customerIn(customer), customerIn(before.customer)),
        entities: changed(inOrder(entities), inOrder(before.entities)),
        historyDays: changed(historyDays.value, before.historyDays),
        deleteGuardPercent: changed(deleteGuardPercent.value, before.deleteGuardPercent),
      },
    })
    if (failure) return failure
    tellDone('The settings are changed.')
    onChanged()
    return null
  }

  return (
    <DialogForm
      action="Change them"
      leave="Keep them as they are"
      disabled={entities.length === 0}
      held={
        historyDays.missing ??
        deleteGuardPercent.missing ??
        (customerGone ? missing('A customer can be changed, and not be taken away.', ['customer', 'externalId']) : null)
      }
      onSubmit={submit}
    >
      {(failure) => (
        <>
          <TextInput
            label="Name of the connection"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={failureAt(failure, ['name'])}
            required
            data-autofocus
          />
          <CustomerFields value={customer} onChange={setCustomer} failure={failure} />
          <Checkbox.Group
            label="Entities"
            description="The next run of one that is new is its initial sync. The records of one that is left out stay."
            value={[...entities]}
            onChange={(chosen) => setEntities(chosen as EntityType[])} // the values below
            error={failureAt(failure, ['entities'])}
          >
            <Group mt="xs" gap="md">
              {system.entities.map((entity) => (
                <Checkbox key={entity} value={entity} label={entityPlural(entity)} />
              ))}
            </Group>
          </Checkbox.Group>
          <NumberInput
            label="History"
            description="How many days back documents are read. A longer one makes the next run of each document entity a full re-sync."
            value={days}
            onChange={setDays}
            error={failureAt(failure, ['historyDays'])}
            min={1}
            max={3650}
            allowDecimal={false}
            suffix=" days"
            maw={320}
          />
          <NumberInput
            label="Delete guard"
            description="A re-sync that would delete a larger share of an entity’s records holds them for your decision."
            value={percent}
            onChange={setPercent}
            error={failureAt(failure, ['deleteGuardPercent'])}
            min={0}
            max={100}
            allowDecimal={false}
            suffix=" %"
            maw={320}
          />
        </>
      )}
    </DialogForm>
  )
}
