import { Button, Group, Select, TextInput } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import { SystemsDocument } from '../generated/documents.ts'
import { SearchIcon } from '../ui/icons.tsx'
import { useTypedText } from '../ui/use-typed-text.ts'
import { inSentenceCase } from '../ui/words.ts'
import { connectionStatuses, type staleFor, type useFilter } from './use-filter.ts'

const staleChoices: { value: keyof typeof staleFor; label: string }[] = [
  { value: 'hour', label: 'Longer than an hour ago' },
  { value: 'day', label: 'Longer than a day ago' },
  { value: 'week', label: 'Longer than a week ago' },
]

export function FilterBar({ search, system, status, stale, narrow, isNarrowed }: ReturnType<typeof useFilter>) {
  const { data } = useLiveQuery({ query: SystemsDocument, variables: {} })
  const { text, type, clear } = useTypedText(search ?? '', (typed) => narrow({ search: typed }))
  return (
    <Group gap="sm" role="search" aria-label="Connections">
      <TextInput
        aria-label="Search by name or customer"
        placeholder="Search by name or customer"
        leftSection={<SearchIcon />}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        w={{ base: '100%', xs: 300 }}
        type="search"
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        data={connectionStatuses.map((value) => ({ value, label: inSentenceCase(value) }))}
        value={status}
        onChange={(value) => narrow({ status: value })}
        clearable
        w={180}
      />
      <Select
        aria-label="System"
        placeholder="Any system"
        data={(data?.systems ?? []).map(({ key, name }) => ({ value: key, label: name }))}
        value={system}
        onChange={(value) => narrow({ system: value })}
        clearable
        searchable
        w={200}
      />
      <Select
        aria-label="Last success"
        placeholder="Any last success"
        data={staleChoices}
        value={stale}
        onChange={(value) => narrow({ stale: value })}
        clearable
        w={230}
      />
      {isNarrowed && (
        <Button
          variant="subtle"
          onClick={() => {
            clear()
            narrow({ search: null, system: null, status: null, stale: null })
          }}
        >
          Show all
        </Button>
      )}
    </Group>
  )
}
