import { Button, Checkbox, Group, Modal, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Failure, useOperation } from '../api/use-operation.ts'
import { Refusal } from '../forms/refusal.tsx'
import { ScheduleFields } from '../forms/schedule-fields.tsx'
import { type EntityType, type ScheduleInput, SetScheduleDocument } from '../generated/documents.ts'
import { tellDone } from '../ui/notify.ts'
import { entityPlural } from '../ui/words.ts'
import type { ConnectionDialogProps } from './connection-actions.tsx'

export const ScheduleDialog = (props: ConnectionDialogProps) => (
  <Modal opened={props.opened} onClose={props.onClose} title="Change the schedule">
    <ScheduleForm {...props} />
  </Modal>
)

function ScheduleForm({ connection, onClose, onChanged }: ConnectionDialogProps) {
  const enabled = connection.entities.filter((entity) => entity.enabled)
  const [schedule, setSchedule] = useState<ScheduleInput | null>(() => inputOf(enabled[0]?.schedule))
  const [entities, setEntities] = useState<readonly EntityType[]>(() => enabled.map(({ entity }) => entity))
  const [failure, setFailure] = useState<Failure | null>(null)
  const set = useOperation(SetScheduleDocument)

  async function submit(event: FormEvent) {
    event.preventDefault()
    const { failure: refused } = await set.run({
      input: { connectionId: connection.id, schedule, entities: [...entities] },
    })
    setFailure(refused)
    if (refused) return
    tellDone('The schedule is changed.')
    onChanged()
    onClose()
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="lg">
        <ScheduleFields value={schedule} onChange={setSchedule} failure={failure} place={['schedule']} />
        <Checkbox.Group
          label="For"
          value={[...entities]}
          onChange={(chosen) => setEntities(chosen as EntityType[])} // the values below
        >
          <Group mt="xs" gap="md">
            {enabled.map(({ entity }) => (
              <Checkbox key={entity} value={entity} label={entityPlural(entity)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Refusal failure={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it as it is
          </Button>
          <Button type="submit" loading={set.running} disabled={entities.length === 0}>
            Change it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function inputOf(schedule: { every: string | null; cron: string | null; timeZone: string | null } | null | undefined) {
  if (!schedule) return null
  const { every, cron, timeZone } = schedule
  return cron === null ? { every } : { cron, timeZone }
}
