import { Button, Group, Select, TextInput } from '@mantine/core'
import { useMemo } from 'react'
import type { AuditFilter } from '../generated/documents.ts'
import { DayField } from '../ui/day-field.tsx'
import { startOfDay } from '../ui/start-of-day.ts'
import { useNarrowing } from '../ui/use-narrowing.ts'
import { useTypedText } from '../ui/use-typed-text.ts'
import { actionWords, auditActions } from './audit-actions.ts'

const names = ['action', 'actor', 'target', 'outcome', 'since'] as const

/** What the log is narrowed to. */
export function useAuditFilter() {
  const { values, narrow } = useNarrowing(names)
  const { action, actor, target, outcome, since: day } = values
  const filter = useMemo<AuditFilter>(() => {
    const since = startOfDay(day)
    return {
      ...(action ? { action } : {}),
      ...(actor ? { actor } : {}),
      ...(target ? { target } : {}),
      ...(outcome ? { succeeded: outcome === 'done' } : {}),
      ...(since ? { since } : {}),
    }
  }, [action, actor, target, outcome, day])
  return { filter, values, narrow }
}

export function AuditFilters({ values, narrow }: Pick<ReturnType<typeof useAuditFilter>, 'values' | 'narrow'>) {
  const target = useTypedText(values.target ?? '', (text) => narrow({ target: uuidOf(text) }))
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label="What"
        placeholder="Anything"
        data={auditActions.map((action) => ({ value: action, label: actionWords(action) }))}
        value={values.action}
        onChange={(action) => narrow({ action })}
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
        value={values.outcome}
        onChange={(outcome) => narrow({ outcome })}
        clearable
        w={190}
      />
      <TextInput
        label="Done to (ID)"
        value={target.text}
        onChange={(event) => target.type(event.currentTarget.value)}
        w={330}
      />
      <DayField label="Since" value={values.since ?? ''} onChange={(since) => narrow({ since })} w={170} />
      {values.actor && (
        <Button variant="subtle" onClick={() => narrow({ actor: null })}>
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
