import { Anchor, Table, Text } from '@mantine/core'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { ConnectionRunsDocument, type RunRowFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useNow } from '../ui/clock.tsx'
import { Moment } from '../ui/moment.tsx'
import { count } from '../ui/numbers.ts'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { inWords } from '../ui/time.ts'
import { inSentenceCase } from '../ui/words.ts'

const rowsOfPage = 25

export function RunsPanel({ connectionId }: { connectionId: string }) {
  const { place, go, atStart } = usePlace(rowsOfPage)
  const query = useLiveQuery({
    query: ConnectionRunsDocument,
    variables: { id: connectionId, ...place },
    changes: (event) => event.connectionId === connectionId && (event.type !== 'ENTITY_PROGRESS' || 'seldom'),
  })
  return (
    <div className="panel">
      <Loaded query={query}>
        {({ connection }) => {
          const runs = connection?.syncRuns
          if (!runs || runs.edges.length === 0) return <Empty title="Nothing has run yet" />
          return (
            <>
              <Scroll label="Runs">
                <Table style={{ tableLayout: 'fixed', minWidth: 900 }} highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Run</Table.Th>
                      <Table.Th w={180}>Status</Table.Th>
                      <Table.Th w={140}>Started by</Table.Th>
                      <Table.Th w={130}>When</Table.Th>
                      <Table.Th w={130}>Took</Table.Th>
                      <Table.Th w={110} ta="right">
                        Read
                      </Table.Th>
                      <Table.Th w={110} ta="right">
                        Changed
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {runs.edges.map(({ node }) => (
                      <Row key={node.id} run={node} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Scroll>
              <Pager
                pageInfo={runs.pageInfo}
                rows={runs.edges.length}
                totalCount={runs.totalCount}
                what="runs"
                atStart={atStart}
                go={go}
              />
            </>
          )
        }}
      </Loaded>
    </div>
  )
}

function Row({ run }: { run: RunRowFragment }) {
  const { at } = useHere()
  const now = useNow()
  const { id, mode, status, trigger, requestedAt, startedAt, finishedAt, totals } = run
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={at(`runs/${encodeURIComponent(id)}`)} fw={550} size="sm">
          {inSentenceCase(mode).replace('resync', 're-sync')}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <SyncStatusMark status={status} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{inSentenceCase(trigger)}</Text>
      </Table.Td>
      <Table.Td>
        <Moment at={requestedAt} />
      </Table.Td>
      <Table.Td className="numbers">
        {startedAt ? inWords((finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt)) : '–'}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {count(totals.fetched)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {count(totals.created + totals.updated + totals.deleted)}
      </Table.Td>
    </Table.Tr>
  )
}
