import { Accordion, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import type { Failure } from '../api/use-operation.ts'
import { failureAt } from './failure-at.ts'
import { type JsonObject, type JsonSchema, kindOf, labelOf, variantsOf } from './json-schema.ts'
import { SchemaField } from './schema-field.tsx'
import { Unreadable } from './unreadable.ts'
import { inSentenceCase } from '../ui/words.ts'

export interface SchemaFieldsProps {
  schema: JsonSchema
  value: JsonObject
  onChange: (value: JsonObject) => void
  /** The last refusal of the API. */
  failure: Failure | null
  /** Where the value stands in the input. */
  place: readonly string[]
}

/** A form for an object, made of its schema. What need not be given is folded away. */
export function SchemaFields(props: SchemaFieldsProps) {
  const choice = variantsOf(props.schema)
  if (!choice) return <ObjectFields {...props} />
  const { by, variants } = choice
  const given = props.value[by]
  const chosen = typeof given === 'string' ? given : ''
  const variant = variants.get(chosen)
  return (
    <Stack gap="md">
      <Select
        label={labelOf([...props.place.slice(-1), by].join(' '))}
        data={[...variants.keys()].map((name) => ({ value: name, label: inSentenceCase(name) }))}
        value={chosen === '' ? null : chosen}
        onChange={(name) => props.onChange(name === null ? {} : { [by]: name })}
        error={failureAt(props.failure, [...props.place, by])}
        placeholder="Choose one"
        required
      />
      {variant && <ObjectFields {...props} schema={variant} key={chosen} />}
    </Stack>
  )
}

function ObjectFields({ schema, value, onChange, failure, place }: SchemaFieldsProps) {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).filter(([, each]) => kindOf(each) !== 'fixed')
  const optional = fields.filter(([name]) => !required.has(name))
  const [opened, setOpened] = useState<string | null>(null)
  const concernsOptional = optional.some(
    ([name]) => value[name] instanceof Unreadable || failureAt(failure, [...place, name]) !== undefined,
  )

  const field = ([name, each]: [string, JsonSchema]) => (
    <SchemaField
      key={name}
      label={labelOf(name)}
      schema={each}
      required={required.has(name)}
      value={value[name]}
      error={failureAt(failure, [...place, name])}
      onChange={(given) => {
        const { [name]: _, ...others } = value
        onChange(given === undefined ? others : { ...others, [name]: given })
      }}
    />
  )
  return (
    <Stack gap="md">
      {fields.filter(([name]) => required.has(name)).map(field)}
      {optional.length > 0 && (
        <Accordion
          variant="contained"
          value={concernsOptional ? 'optional' : opened}
          onChange={setOpened}
          order={3}
          transitionDuration={120}
        >
          <Accordion.Item value="optional">
            <Accordion.Control>
              Optional {place.at(-1) === 'credentials' ? 'credentials' : 'settings'} ({optional.length})
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="md">{optional.map(field)}</Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  )
}
