import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useQuery } from 'urql'
import { ConnectionChoicesDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'

/** Of any number of connections: the server searches. */
export function ConnectionChoice({ chosen }: { chosen: { id: string; name: string } | null }) {
  const { at } = useHere()
  const go = useNavigate()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed === chosen?.name ? '' : typed, 250)
  const [{ data }] = useQuery({ query: ConnectionChoicesDocument, variables: { search: search.trim() || null } })
  const found = (data?.connections.edges ?? []).map(({ node }) => node)
  const choices = found.map(({ id, name, customer }) => ({
    value: id,
    label: customer ? `${name} · ${customer.name ?? customer.externalId}` : name,
  }))
  if (chosen && !choices.some(({ value }) => value === chosen.id))
    choices.push({ value: chosen.id, label: chosen.name })
  return (
    <Select
      label="Connection"
      placeholder="Search by name or customer"
      data={choices}
      value={chosen?.id ?? null}
      onChange={(id) => {
        const entity = found.find((each) => each.id === id)?.entities[0]?.entity
        if (id !== null && entity) void go(at(`records/${encodeURIComponent(id)}/${entity}`))
      }}
      searchable
      onSearchChange={setTyped}
      // the server has searched
      filter={({ options }) => options}
      nothingFoundMessage="No connection fits"
      allowDeselect={false}
      w={{ base: '100%', xs: 340 }}
    />
  )
}
