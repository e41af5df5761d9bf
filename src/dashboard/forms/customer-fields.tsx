import { Group, TextInput } from '@mantine/core'
import type { Failure } from '../api/use-operation.ts'
import { failureAt } from './failure-at.ts'

export interface CustomerText {
  externalId: string
  name: string
}

export interface CustomerFieldsProps {
  value: CustomerText
  onChange: (value: CustomerText) => void
  failure: Failure | null
}

export const CustomerFields = ({ value, onChange, failure }: CustomerFieldsProps) => (
  <Group gap="md" grow align="flex-start">
    <TextInput
      label="Customer key"
      description="Your own key of the customer. Optional."
      value={value.externalId}
      onChange={(event) => onChange({ ...value, externalId: event.currentTarget.value })}
      error={failureAt(failure, ['customer', 'externalId'])}
    />
    <TextInput
      label="Customer name"
      description="For people. Optional."
      value={value.name}
      onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
      error={failureAt(failure, ['customer', 'name'])}
    />
  </Group>
)

/** Null where no key is written: a name alone names nobody. */
export function customerIn({ externalId, name }: CustomerText) {
  const key = externalId.trim()
  return key === '' ? null : { externalId: key, name: name.trim() || null }
}
