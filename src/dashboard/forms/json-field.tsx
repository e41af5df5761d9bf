import { Button, Group, Textarea } from '@mantine/core'
import { useState } from 'react'
import { type JsonSchema, skeletonOf } from './json-schema.ts'
import { Unreadable } from './unreadable.ts'

export interface JsonFieldProps {
  label: string
  description: string | undefined
  schema: JsonSchema
  required: boolean
  value: unknown
  error: string | undefined
  onChange: (value: unknown) => void
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2)

/** What is too deep for fields: written as JSON. Text that is none yet is an Unreadable. */
export function JsonField({ label, description, schema, required, value, error, onChange }: JsonFieldProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : pretty(value)))

  function write(written: string) {
    setText(written)
    onChange(read(written))
  }

  return (
    <div>
      <Textarea
        label={label}
        description={description}
        required={required}
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        error={value instanceof Unreadable ? value.why : error}
        autosize
        minRows={4}
        maxRows={26}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
      />
      <Group gap="xs" mt={6}>
        {text.trim() === '' && (
          <Button size="compact-xs" variant="default" onClick={() => write(pretty(skeletonOf(schema)))}>
            Start with a skeleton
          </Button>
        )}
        {text.trim() !== '' && !(value instanceof Unreadable) && (
          <Button size="compact-xs" variant="default" onClick={() => setText(pretty(JSON.parse(text)))}>
            Tidy up
          </Button>
        )}
      </Group>
    </div>
  )
}

function read(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    return new Unreadable(`This is not JSON yet. ${error instanceof Error ? error.message : ''}`)
  }
}
