import { Table, Text } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import { AuditLogDocument } from '../generated/documents.ts'
import { Moment } from '../ui/moment.tsx'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Status } from '../ui/status.tsx'
import { inSentenceCase } from '../ui/words.ts'
import { actionWords } from './audit-actions.ts'
import { AuditFilters, useAuditFilter } from './audit-filters.tsx'
import { PartyName } from './party-name.tsx'

const rowsOfPage = 50

export function AuditPage() {
  const { place, go, atStart } = usePlace(rowsOfPage)
  const { filter, values, narrow } = useAuditFilter()
  const query = useLiveQuery({
    query: AuditLogDocument,
    variables: { first: rowsOfPage, after: place.after, filter },
    // who did it had an event of it, or is another window of this browser; the rest is found by and by
    changes: ({ type }) => !type.startsWith('ENTITY_') && 'seldom',
  })
  return (
    <Page title="Audit log" summary="Who did what, or tried to. It never holds a secret.">
      <AuditFilters values={values} narrow={narrow} />
      <div className="panel">
        <Loaded query={query}>
          {({ auditLog: { edges, pageInfo, totalCount } }) =>
            edges.length === 0 ? (
              <Empty title="No entry fits" />
            ) : (
              <>
                <Scroll label="Entries">
                  <Table style={{ tableLayout: 'fixed', minWidth: 1000 }}>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th w={110}>When</Table.Th>
                        <Table.Th>What</Table.Th>
                        <Table.Th w={170}>Outcome</Table.Th>
                        <Table.Th w="20%">By</Table.Th>
                        <Table.Th w="20%">To</Table.Th>
                        <Table.Th w={130}>From</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {edges.map(
                        ({ node: { id, at, action, actor, actorParty, outcome, target, targetParty, ip } }) => (
                          <Table.Tr key={id}>
                            <Table.Td>
                              <Moment at={at} />
                            </Table.Td>
                            <Table.Td>
                              <Text size="sm" title={action}>
                                {actionWords(action)}
                              </Text>
                            </Table.Td>
                            <Table.Td>
                              {outcome === 'OK' ? (
                                <Status tone="good" label="Done" />
                              ) : (
                                <Status tone="bad" label={inSentenceCase(outcome)} />
                              )}
                            </Table.Td>
                            <Table.Td>
                              <PartyName party={actorParty} otherwise={actor} />
                            </Table.Td>
                            <Table.Td>
                              <PartyName party={targetParty} otherwise={target} />
                            </Table.Td>
                            <Table.Td className="code">{ip ?? '–'}</Table.Td>
                          </Table.Tr>
                        ),
                      )}
                    </Table.Tbody>
                  </Table>
                </Scroll>
                <Pager
                  pageInfo={pageInfo}
                  rows={edges.length}
                  totalCount={totalCount}
                  what="entries"
                  backwards={false}
                  atStart={atStart}
                  go={go}
                />
              </>
            )
          }
        </Loaded>
      </div>
    </Page>
  )
}
