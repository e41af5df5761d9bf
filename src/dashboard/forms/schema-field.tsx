import { NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { JsonField } from './json-field.tsx'
import { type JsonSchema, kindOf } from './json-schema.ts'

export interface SchemaFieldProps {
  label: string
  schema: JsonSchema
  required: boolean
  /** Undefined: not given. */
  value: unknown
  error: string | undefined
  onChange: (value: unknown) => void
}

export function SchemaField({ label, schema, required, value, error, onChange }: SchemaFieldProps) {
  const described = { label, description: schema.description, required, error }
  const text = typeof value === 'string' ? value : ''
  const giveText = (given: string) => onChange(given === '' ? undefined : given)

  switch (kindOf(schema)) {
    case 'text':
      return (
        <TextInput
          {...described}
          value={text}
          onChange={(event) => giveText(event.currentTarget.value)}
          autoComplete="off"
        />
      )
    case 'secret':
      return (
        <PasswordInput
          {...described}
          value={text}
          onChange={(event) => giveText(event.currentTarget.value)}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': `Show or hide: ${label}` }}
        />
      )
    case 'number':
      return (
        <NumberInput
          {...described}
          value={typeof value === 'number' ? value : ''}
          onChange={(given) => onChange(given === '' ? undefined : Number(given))}
          min={schema.minimum}
          max={schema.maximum}
          allowDecimal={schema.type === 'number'}
          clampBehavior="none"
          hideControls
          maw={220}
        />
      )
    case 'flag':
      return (
        <Switch
          {...described}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked || undefined)}
        />
      )
    case 'choice':
      return (
        <Select
          {...described}
          data={(schema.enum ?? []).map(String)}
          value={text === '' ? null : text}
          onChange={(given) => onChange(given ?? undefined)}
          clearable={!required}
          maw={320}
        />
      )
    default:
      return <JsonField {...described} schema={schema} value={value} onChange={onChange} />
  }
}
