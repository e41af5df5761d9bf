import { Checkbox, Stack } from '@mantine/core'
import { useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Dialog } from '../forms/dialog.tsx'
import { DialogForm } from '../forms/dialog-form.tsx'
import { ScheduleFields } from '../forms/schedule-fields.tsx'
import {
  type EntityDetailsFragment,
  type EntityType,
  type ScheduleInput,
  SetScheduleDocument,
} from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import { entityPlural } from '../ui/words.ts'
import type { ConnectionDialogProps, ConnectionFormProps } from './connection-dialog.ts'
import { scheduleWords } from './schedule-words.ts'

export const ScheduleDialog = ({ connection, onChanged, ...dialog }: ConnectionDialogProps) => (
  <Dialog {...dialog} title="Change the schedule">
    <ScheduleForm connection={connection} onChanged={onChanged} />
  </Dialog>
)

function ScheduleForm({ connection, onChanged }: ConnectionFormProps) {
  const enabled = connection.entities.filter((entity) => entity.enabled)
  const [first] = enabled
  const [schedule, setSchedule] = useState(() => inputOf(first?.schedule ?? null))
  // those that keep another rhythm are not given this one by the way
  const [entities, setEntities] = useState<readonly EntityType[]>(() =>
    enabled.filter((each) => wordsOf(each) === (first && wordsOf(first))).map(({ entity }) => entity),
  )
  const set = useOperation(SetScheduleDocument)

  async function submit(): Promise<Failure | null> {
    const { failure } = await set.run({ input: { connectionId: connection.id, schedule, entities: [...entities] } })
    if (failure) return failure
    tellDone('The schedule is changed.')
    onChanged()
    return null
  }

  return (
    <DialogForm action="Change it" disabled={entities.length === 0} onSubmit={submit}>
      {(failure) => (
        <>
          <ScheduleFields value={schedule} onChange={setSchedule} failure={failure} place={['schedule']} />
          <Checkbox.Group
            label="For"
            value={[...entities]}
            onChange={(chosen) => setEntities(chosen as EntityType[])} // the values below
          >
            <Stack mt="xs" gap="xs">
              {enabled.map((each) => (
                <Checkbox
                  key={each.entity}
                  value={each.entity}
                  label={entityPlural(each.entity)}
                  description={`Now: ${wordsOf(each)}`}
                />
              ))}
            </Stack>
          </Checkbox.Group>
        </>
      )}
    </DialogForm>
  )
}

const wordsOf = ({ schedule }: EntityDetailsFragment) => scheduleWords(schedule)

function inputOf(schedule: EntityDetailsFragment['schedule']): ScheduleInput | null {
  if (!schedule) return null
  const { every, cron, timeZone } = schedule
  return cron === null ? { every } : { cron, timeZone }
}
