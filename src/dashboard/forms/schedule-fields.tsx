import { Group, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Failure } from '../api/use-operation.ts'
import type { ScheduleInput } from '../generated/documents.ts'
import { failureAt } from './failure-at.ts'

export interface ScheduleFieldsProps {
  /** Null: manual only. */
  value: ScheduleInput | null
  onChange: (value: ScheduleInput | null) => void
  failure: Failure | null
  place: readonly string[]
}

const rhythms = [
  { value: '', label: 'Only when asked' },
  { value: 'PT5M', label: 'Every 5 minutes' },
  { value: 'PT15M', label: 'Every 15 minutes' },
  { value: 'PT1H', label: 'Every hour' },
  { value: 'PT6H', label: 'Every 6 hours' },
  { value: 'P1D', label: 'Every day' },
  { value: 'every', label: 'Another interval …' },
  { value: 'cron', label: 'At certain times (cron) …' },
]

export function ScheduleFields({ value, onChange, failure, place }: ScheduleFieldsProps) {
  const [chosen, setChosen] = useState(() => rhythmOf(value))
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone

  function choose(rhythm: string) {
    setChosen(rhythm)
    if (rhythm === '') onChange(null)
    else if (rhythm === 'every') onChange({ every: 'PT30M' })
    else if (rhythm === 'cron') onChange({ cron: '0 6 * * *', timeZone })
    else onChange({ every: rhythm })
  }

  return (
    <Stack gap="sm">
      <Select
        label="Schedule of incremental syncs"
        data={rhythms}
        value={chosen}
        onChange={(rhythm) => choose(rhythm ?? '')}
        allowDeselect={false}
        error={chosen === '' || rhythmOf(value) !== chosen ? undefined : failureAt(failure, place)}
        maw={320}
      />
      {chosen === 'every' && (
        <TextInput
          label="Interval"
          description="An ISO 8601 duration from PT1M to P31D, e.g. PT45M."
          value={value?.every ?? ''}
          onChange={(event) => onChange({ every: event.currentTarget.value })}
          error={failureAt(failure, place)}
          maw={320}
        />
      )}
      {chosen === 'cron' && (
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Cron"
            description="Minute, hour, day of month, month, day of week."
            value={value?.cron ?? ''}
            onChange={(event) => onChange({ ...value, cron: event.currentTarget.value })}
            error={failureAt(failure, place)}
            w={320}
          />
          <TextInput
            label="Time zone"
            description="IANA name; UTC when empty."
            value={value?.timeZone ?? ''}
            onChange={(event) => onChange({ ...value, timeZone: event.currentTarget.value || null })}
            w={220}
          />
        </Group>
      )}
    </Stack>
  )
}

function rhythmOf(schedule: ScheduleInput | null): string {
  if (schedule === null) return ''
  if (schedule.cron != null) return 'cron'
  return rhythms.some(({ value }) => value === schedule.every) ? (schedule.every ?? '') : 'every'
}
