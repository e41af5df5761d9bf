import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { describeError } from '../api/describe-error.ts'
import { useLiveQuery } from '../api/use-live-query.ts'
import { type ConnectionChoiceFragment, ConnectionChoicesDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'

/** The same wherever it was read: the field takes a new label of what is chosen for its text. */
const labelOf = ({ name, customer }: ConnectionChoiceFragment) =>
  customer ? `${name} · ${customer.name ?? customer.externalId}` : name

/** Of any number of connections: the server searches. */
export function ConnectionChoice({ chosen }: { chosen: ConnectionChoiceFragment | null }) {
  const { at } = useHere()
  const go = useNavigate()
  const resting = chosen ? labelOf(chosen) : ''
  const [typed, setTyped] = useState(resting)
  const [search] = useDebouncedValue(typed === resting ? '' : typed.trim(), 250)
  const { data, error } = useLiveQuery({ query: ConnectionChoicesDocument, variables: { search: search || null } })
  const found = (data?.connections.edges ?? []).map(({ node }) => node)
  const listed = chosen && !found.some(({ id }) => id === chosen.id) ? [...found, chosen] : found
  return (
    <Select
      label="Connection"
      placeholder="Search by name or customer"
      data={listed.map((each) => ({ value: each.id, label: labelOf(each) }))}
      value={chosen?.id ?? null}
      onChange={(id) => {
        const entity = found.find((each) => each.id === id)?.entities[0]?.entity
        if (id !== null && entity) void go(at(`records/${encodeURIComponent(id)}/${entity}`))
      }}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      // the server has searched
      filter={({ options }) => options}
      nothingFoundMessage={error ? describeError(error) : 'No connection fits'}
      allowDeselect={false}
      w={{ base: '100%', xs: 340 }}
    />
  )
}
