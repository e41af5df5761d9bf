import { Button, Group, Textarea } from '@mantine/core'
import { useState } from 'react'
import { type JsonSchema, skeletonOf } from './json-schema.ts'

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

/** What is too deep for fields: written as JSON. Text that is none yet counts as not given. */
export function JsonField({ label, description, schema, required, value, error, onChange }: JsonFieldProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : pretty(value)))
  const [fault, setFault] = useState<string | null>(null)

  function write(written: string) {
    setText(written)
    if (written.trim() === '') {
      setFault(null)
      return onChange(undefined)
    }
    try {
      onChange(JSON.parse(written))
      setFault(null)
    } catch (error_) {
      onChange(undefined)
      setFault(`This is not JSON yet. ${error_ instanceof Error ? error_.message : ''}`)
    }
  }

  return (
    <div>
      <Textarea
        label={label}
        description={description}
        required={required}
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        error={fault ?? error}
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
        {text.trim() !== '' && fault === null && (
          <Button size="compact-xs" variant="default" onClick={() => setText(pretty(JSON.parse(text)))}>
            Tidy up
          </Button>
        )}
      </Group>
    </div>
  )
}
