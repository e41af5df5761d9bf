import { Anchor, Button, Table } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { EnvironmentCreditsDocument } from '../generated/documents.ts'
import { count } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Loaded } from '../ui/states.tsx'
import { inSentenceCase } from '../ui/words.ts'
import { EnvironmentDialog } from './environment-dialog.tsx'

/** For the owner: all environments, and the making of another. */
export function EnvironmentsPanel() {
  const query = useLiveQuery({ query: EnvironmentCreditsDocument, variables: {} })
  const [making, setMaking] = useState(false)
  return (
    <Panel
      title="Environments"
      flush
      actions={
        <Button size="xs" variant="default" onClick={() => setMaking(true)}>
          Make another
        </Button>
      }
    >
      <Loaded query={query}>
        {({ environments }) => (
          <Scroll label="All environments">
            <Table style={{ minWidth: 520 }}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Environment</Table.Th>
                  <Table.Th>Kind</Table.Th>
                  <Table.Th ta="right">In use</Table.Th>
                  <Table.Th ta="right">Free</Table.Th>
                  <Table.Th ta="right">In all</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {environments.map(({ id, name, kind, credits }) => (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Anchor component={Link} to={`/${name}/credits`} size="sm">
                        {name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>{inSentenceCase(kind)}</Table.Td>
                    <Table.Td ta="right">{count(credits.used)}</Table.Td>
                    <Table.Td ta="right">{count(credits.available)}</Table.Td>
                    <Table.Td ta="right">{count(credits.total)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Loaded>
      <EnvironmentDialog opened={making} onClose={() => setMaking(false)} onMade={query.refresh} />
    </Panel>
  )
}
