import { Button, Group, Select, TextInput } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { AuditFilter } from '../generated/documents.ts'
import { useTypedText } from '../ui/use-typed-text.ts'
import { actionWords, auditActions } from './audit-actions.ts'

const names = ['action', 'actor', 'target', 'outcome', 'since'] as const
type Name = (typeof names)[number]

/** What the log is narrowed to, kept in the page's address. */
export function useAuditFilter() {
  const [parameters, setParameters] = useSearchParams()
  const [action, actor, target, outcome, since] = names.map((name) => parameters.get(name))
  const filter = useMemo<AuditFilter>(
    () => ({
      ...(action ? { action } : {}),
      ...(actor ? { actor } : {}),
      ...(target ? { target } : {}),
      ...(outcome ? { succeeded: outcome === 'done' } : {}),
      // a day begins where the reader is
      ...(since && !Number.isNaN(Date.parse(`${since}T00:00`))
        ? { since: new Date(`${since}T00:00`).toISOString() }
        : {}),
    }),
    [action, actor, target, outcome, since],
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
  return { filter, values: { action, actor, target, outcome, since }, narrow }
}

export function AuditFilters({ values, narrow }: Pick<ReturnType<typeof useAuditFilter>, 'values' | 'narrow'>) {
  const target = useTypedText(values.target ?? '', (text) => narrow('target', uuidOf(text)))
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label="What"
        placeholder="Anything"
        data={auditActions.map((action) => ({ value: action, label: actionWords(action) }))}
        value={values.action ?? null}
        onChange={(action) => narrow('action', action)}
        searchable
        clearable
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
        label="Done to (ID)"
        value={target.text}
        onChange={(event) => target.type(event.currentTarget.value)}
        w={330}
      />
      <TextInput
        label="Since"
        type="date"
        value={values.since ?? ''}
        onChange={(event) => narrow('since', event.currentTarget.value)}
        w={170}
      />
      {values.actor && (
        <Button variant="subtle" onClick={() => narrow('actor', null)}>
          By anybody
        </Button>
      )}
    </Group>
  )
}

/** Pages show Node ids, the log has what is in them. */
function uuidOf(text: string): string {
  try {
    return atob(text).split(':').at(1) ?? text
  } catch {
    return text
  }
}
