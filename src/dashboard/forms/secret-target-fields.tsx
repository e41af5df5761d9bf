import { Group, Radio, Select, Stack, TextInput } from '@mantine/core'
import type { Failure } from '../api/use-operation.ts'
import type { SecretTargetInput } from '../generated/documents.ts'
import { failureAt } from './failure-at.ts'

export interface SecretTargetFieldsProps {
  /** "token" or "key". */
  what: string
  /** Null: it is shown. */
  value: SecretTargetInput | null
  onChange: (value: SecretTargetInput | null) => void
  failure: Failure | null
  place: readonly string[]
}

const stores = [
  { value: 'vault', label: 'HashiCorp Vault' },
  { value: 'aws', label: 'AWS Secrets Manager' },
  { value: 'azure', label: 'Azure Key Vault' },
]

/** Shown once, or written where nobody has to handle it. */
export const SecretTargetFields = ({ what, value, onChange, failure, place }: SecretTargetFieldsProps) => (
  <Stack gap="sm">
    <Radio.Group
      label={`The ${what}`}
      value={value === null ? 'show' : 'deliver'}
      onChange={(chosen) => onChange(chosen === 'show' ? null : { store: 'vault', name: '' })}
    >
      <Group mt={6} gap="lg">
        <Radio value="show" label="Show it once" />
        <Radio value="deliver" label="Write it to a secret store" />
      </Group>
    </Radio.Group>
    {value !== null && <SecretStoreFields {...{ value, onChange, failure, place }} />}
  </Stack>
)

export interface SecretStoreFieldsProps extends Pick<SecretTargetFieldsProps, 'failure' | 'place'> {
  value: SecretTargetInput
  onChange: (value: SecretTargetInput) => void
}

export const SecretStoreFields = ({ value, onChange, failure, place }: SecretStoreFieldsProps) => (
  <Group gap="sm" align="flex-start">
    <Select
      label="Secret store"
      data={stores}
      value={value.store}
      onChange={(store) => onChange({ ...value, store: store ?? 'vault' })}
      allowDeselect={false}
      error={failureAt(failure, [...place, 'store'])}
      w={220}
    />
    <TextInput
      label="Path"
      description="Below a prefix that the operator allows."
      value={value.name}
      onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
      error={failureAt(failure, [...place, 'name'])}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      required
      w={320}
    />
  </Group>
)
