import { Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useCallback, useMemo, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { AuditFilter } from '../generated/documents.ts'

const names = ['action', 'target', 'outcome', 'since'] as const
type Name = (typeof names)[number]

/** What the log is narrowed to, kept in the page's address. */
export function useAuditFilter() {
  const [parameters, setParameters] = useSearchParams()
  const [action, target, outcome, since] = names.map((name) => parameters.get(name))
  const filter = useMemo<AuditFilter>(
    () => ({
      ...(action ? { action } : {}),
      ...(target ? { target } : {}),
      ...(outcome ? { succeeded: outcome === 'done' } : {}),
      // a day begins where the reader is
      ...(since && !Number.isNaN(Date.parse(`${since}T00:00`))
        ? { since: new Date(`${since}T00:00`).toISOString() }
        : {}),
    }),
    [action, target, outcome, since],
  )
  const narrow = useCallback(
    (name: Name, value: string | null) =>
      setParameters(
        (before) => {
          const next = new URLSearchParams(before)
          next.delete('after')
          if (value) next.set(name, value)
          else next.delete(name)
          return next
        },
        { replace: true },
      ),
    [setParameters],
  )
  return { filter, values: { action, target, outcome, since }, narrow }
}

export function AuditFilters({ values, narrow }: Pick<ReturnType<typeof useAuditFilter>, 'values' | 'narrow'>) {
  const [action, setAction] = useState(values.action ?? '')
  const [target, setTarget] = useState(values.target ?? '')
  const narrowSoon = useDebouncedCallback((name: Name, text: string) => narrow(name, text.trim()), 350)
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        label="What"
        placeholder="e.g. API_KEY_ROTATE"
        value={action}
        onChange={(event) => {
          const text = event.currentTarget.value.toUpperCase()
          setAction(text)
          narrowSoon('action', text)
        }}
        w={240}
      />
      <Select
        label="Outcome"
        placeholder="Any"
        data={[
          { value: 'done', label: 'Done' },
          { value: 'refused', label: 'Refused, or failed' },
        ]}
        value={values.outcome ?? null}
        onChange={(outcome) => narrow('outcome', outcome)}
        clearable
        w={190}
      />
      <TextInput
        label="Done to (UUID)"
        value={target}
        onChange={(event) => {
          setTarget(event.currentTarget.value)
          narrowSoon('target', event.currentTarget.value)
        }}
        w={330}
      />
      <TextInput
        label="Since"
        type="date"
        value={values.since ?? ''}
        onChange={(event) => narrow('since', event.currentTarget.value)}
        w={170}
      />
    </Group>
  )
}
