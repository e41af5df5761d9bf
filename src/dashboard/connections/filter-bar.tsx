import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { useQuery } from 'urql'
import { SystemsDocument } from '../generated/documents.ts'
import { SearchIcon } from '../ui/icons.tsx'
import { inSentenceCase } from '../ui/words.ts'
import { connectionStatuses, type useFilter } from './use-filter.ts'

const typingMs = 250

export function FilterBar({ search, system, status, narrow, isNarrowed }: ReturnType<typeof useFilter>) {
  const [{ data }] = useQuery({ query: SystemsDocument, requestPolicy: 'cache-first' })
  const [typed, setTyped] = useState(search ?? '')
  const narrowSoon = useDebouncedCallback((text: string) => narrow('search', text.trim()), typingMs)
  return (
    <Group gap="sm" role="search" aria-label="Connections">
      <TextInput
        aria-label="Search by name or customer"
        placeholder="Search by name or customer"
        leftSection={<SearchIcon />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          narrowSoon(event.currentTarget.value)
        }}
        w={{ base: '100%', xs: 300 }}
        type="search"
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        data={connectionStatuses.map((value) => ({ value, label: inSentenceCase(value) }))}
        value={status}
        onChange={(value) => narrow('status', value)}
        clearable
        w={180}
      />
      <Select
        aria-label="System"
        placeholder="Any system"
        data={(data?.systems ?? []).map(({ key, name }) => ({ value: key, label: name }))}
        value={system}
        onChange={(value) => narrow('system', value)}
        clearable
        searchable
        w={200}
      />
      {isNarrowed && (
        <Button
          variant="subtle"
          onClick={() => {
            setTyped('')
            for (const name of ['search', 'system', 'status'] as const) narrow(name, null)
          }}
        >
          Show all
        </Button>
      )}
    </Group>
  )
}
