import { Box, Select, Table, Text } from '@mantine/core'
import { useSearchParams } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { type EntityType, RejectedRecordsDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { Moment } from '../ui/moment.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { entityPlural } from '../ui/words.ts'

export interface RejectedPanelProps {
  connectionId: string
  entities: readonly EntityType[]
}

const rowsOfPage = 25

export function RejectedPanel({ connectionId, entities }: RejectedPanelProps) {
  const { may } = useSession()
  const [parameters, setParameters] = useSearchParams()
  const { place, go, atStart } = usePlace(rowsOfPage)
  const asked = parameters.get('entity')
  const entity = entities.find((each) => each === asked) ?? entities[0]
  if (entity === undefined) return <Empty title="No entity is synced" />
  return (
    <div className="panel">
      <Box p="md">
        <Select
          label="Entity"
          data={entities.map((each) => ({ value: each, label: entityPlural(each) }))}
          value={entity}
          onChange={(next) => setParameters({ tab: 'rejected', ...(next ? { entity: next } : {}) }, { replace: true })}
          allowDeselect={false}
          maw={260}
        />
      </Box>
      <Rejected {...{ connectionId, entity, place, go, atStart }} withPayload={may('RECORDS_RAW_READ')} key={entity} />
    </div>
  )
}

interface RejectedProps extends ReturnType<typeof usePlace> {
  connectionId: string
  entity: EntityType
  withPayload: boolean
}

function Rejected({ connectionId, entity, withPayload, place, go, atStart }: RejectedProps) {
  const { first = rowsOfPage, after } = place
  const query = useLiveQuery({
    query: RejectedRecordsDocument,
    variables: { id: connectionId, entity, withPayload, first, after },
    changes: (event) => event.connectionId === connectionId && event.type === 'ENTITY_FINISHED',
  })
  return (
    <Loaded query={query}>
      {({ connection }) => {
        const rejected = connection?.rejectedRecords
        if (!rejected || rejected.edges.length === 0)
          return <Empty title="None is rejected">Every record that came could be mapped.</Empty>
        return (
          <>
            <Scroll label="Rejected records">
              <Table style={{ minWidth: 760 }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w={200}>Key at the source</Table.Th>
                    <Table.Th>Why</Table.Th>
                    <Table.Th w={130}>Last came</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rejected.edges.map(({ node: { externalId, reason, rejectedAt, payload } }) => (
                    <Table.Tr key={externalId}>
                      <Table.Td className="code" valign="top">
                        {externalId}
                      </Table.Td>
                      <Table.Td>
                        <Text size="sm">{reason}</Text>
                        {payload !== undefined && payload !== null && (
                          <details>
                            <summary>What came</summary>
                            <pre className="code">{JSON.stringify(payload, null, 2)}</pre>
                          </details>
                        )}
                      </Table.Td>
                      <Table.Td valign="top">
                        <Moment at={rejectedAt} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
            <Pager
              pageInfo={rejected.pageInfo}
              rows={rejected.edges.length}
              totalCount={rejected.totalCount}
              what="rejected records"
              backwards={false}
              atStart={atStart}
              go={go}
            />
          </>
        )
      }}
    </Loaded>
  )
}
