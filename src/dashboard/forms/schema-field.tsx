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
  // what has to be given may be empty: whether it may, the API says
  const giveText = (given: string) => onChange(given === '' && !required ? undefined : given)
  const choices = (schema.enum ?? []).map(String)
  const placeholder = schema.default === undefined ? undefined : `${JSON.stringify(schema.default)}, unless given`

  switch (kindOf(schema)) {
    case 'text':
      return (
        <TextInput
          {...described}
          placeholder={placeholder}
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
          placeholder={placeholder}
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
          checked={(value ?? schema.default) === true}
          onChange={({ currentTarget: { checked } }) =>
            onChange(checked === (schema.default === true) ? undefined : checked)
          }
        />
      )
    case 'choice':
      return (
        <Select
          {...described}
          placeholder={placeholder}
          data={choices}
          value={choices[schema.enum?.indexOf(value) ?? -1] ?? null}
          onChange={(given) => onChange(schema.enum?.find((_, at) => choices[at] === given))}
          clearable={!required}
          maw={320}
        />
      )
    default:
      return <JsonField {...described} schema={schema} value={value} onChange={onChange} />
  }
}
