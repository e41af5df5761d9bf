import { Checkbox, Group, Select, TextInput } from '@mantine/core'
import type { EntityType } from '../generated/documents.ts'
import { DayField } from '../ui/day-field.tsx'
import { useTypedText } from '../ui/use-typed-text.ts'
import { inSentenceCase } from '../ui/words.ts'
import { statusesOf } from './columns.ts'
import type { useRecordFilter } from './use-record-filter.ts'

export interface RecordFiltersProps extends Pick<ReturnType<typeof useRecordFilter>, 'values' | 'narrow' | 'orderBy'> {
  entity: EntityType
}

const orders = [
  { value: 'SOURCE_UPDATED_AT_DESC', label: 'Newest change first' },
  { value: 'SOURCE_UPDATED_AT_ASC', label: 'Oldest change first' },
  { value: 'NUMBER_ASC', label: 'By number' },
]

export function RecordFilters({ entity, values, narrow, orderBy }: RecordFiltersProps) {
  const number = useTypedText(values.number ?? '', (text) => narrow({ number: text }))
  const statuses = statusesOf[entity]
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        label="Number"
        placeholder="Exactly"
        value={number.text}
        onChange={(event) => number.type(event.currentTarget.value)}
        w={150}
      />
      {statuses && (
        <Select
          label="Status"
          placeholder="Any"
          data={statuses.map((value) => ({ value, label: inSentenceCase(value) }))}
          value={values.status}
          onChange={(status) => narrow({ status })}
          clearable
          w={180}
        />
      )}
      <DayField
        label="Changed at the source since"
        value={values.since ?? ''}
        onChange={(since) => narrow({ since })}
        w={200}
      />
      <Select
        label="Order"
        data={orders}
        value={orderBy}
        onChange={(order) => narrow({ order })}
        allowDeselect={false}
        w={200}
      />
      <Checkbox
        label="Deleted ones too"
        checked={values.deleted !== null}
        onChange={(event) => narrow({ deleted: event.currentTarget.checked ? '1' : null })}
        mb={8}
      />
    </Group>
  )
}
