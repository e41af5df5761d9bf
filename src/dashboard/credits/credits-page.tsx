import { Anchor, Button, Progress, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { CreditsDocument, type CreditsQuery } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { Moment } from '../ui/moment.tsx'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Panel } from '../ui/panel.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { inSentenceCase } from '../ui/words.ts'
import { CreditTotalDialog } from './credit-total-dialog.tsx'
import { EnvironmentsPanel } from './environments-panel.tsx'

const rowsOfPage = 50

export function CreditsPage() {
  const { environment } = useHere()
  const { viewer } = useSession()
  const { place, go, atStart } = usePlace(rowsOfPage)
  const [changing, setChanging] = useState(false)
  const query = useLiveQuery({
    query: CreditsDocument,
    variables: { first: rowsOfPage, after: place.after },
    changes: ({ type }) => type === 'CONNECTION_CREATED' || type === 'CONNECTION_DISCONNECTED',
  })
  const owner = viewer.kind === 'OWNER'
  return (
    <Page
      title="Credits"
      summary="A connection takes its credits when it is made, and gives them back when it is disconnected."
      actions={
        owner && (
          <Button variant="default" onClick={() => setChanging(true)}>
            Change the total
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {({ credits }) => (
          <Stack gap="lg">
            <Balance {...credits} environment={environment} />
            <Panel title="Ledger" flush>
              {credits.ledger.edges.length === 0 ? (
                <Empty title="Nothing has changed yet" />
              ) : (
                <>
                  <Ledger entries={credits.ledger.edges.map(({ node }) => node)} />
                  <Pager
                    pageInfo={credits.ledger.pageInfo}
                    rows={credits.ledger.edges.length}
                    totalCount={credits.ledger.totalCount}
                    what="entries"
                    backwards={false}
                    atStart={atStart}
                    go={go}
                  />
                </>
              )}
            </Panel>
            {owner && <EnvironmentsPanel />}
            <CreditTotalDialog
              opened={changing}
              onClose={() => setChanging(false)}
              environment={environment}
              total={credits.total}
              used={credits.used}
              onChanged={query.refresh}
            />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

interface BalanceProps {
  environment: string
  available: number
  used: number
  total: number
}

const Balance = ({ environment, available, used, total }: BalanceProps) => (
  <div className="panel" style={{ padding: 20 }}>
    <Text size="1.75rem" fw={650} lh={1.1} className="numbers">
      {count(available)}
    </Text>
    <Text size="sm" c="dimmed" mb="sm" className="numbers">
      of {count(total)} credits are free in {environment}
    </Text>
    <Progress
      value={total === 0 ? 0 : (used / total) * 100}
      h={8}
      aria-label={`${count(used)} of ${count(total)} credits in use`}
    />
  </div>
)

type Entry = CreditsQuery['credits']['ledger']['edges'][number]['node']

function Ledger({ entries }: { entries: readonly Entry[] }) {
  const { at } = useHere()
  return (
    <Scroll label="Entries of the ledger">
      <Table style={{ minWidth: 620 }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={150}>When</Table.Th>
            <Table.Th w={150}>Why</Table.Th>
            <Table.Th>Connection</Table.Th>
            <Table.Th w={110} ta="right">
              Change
            </Table.Th>
            <Table.Th w={130} ta="right">
              Free then
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={`${entry.at} ${entry.balance} ${entry.connection?.id ?? ''}`}>
              <Table.Td>
                <Moment at={entry.at} />
              </Table.Td>
              <Table.Td>{inSentenceCase(entry.reason)}</Table.Td>
              <Table.Td>
                {entry.connection ? (
                  <Anchor component={Link} to={at(`connections/${encodeURIComponent(entry.connection.id)}`)} size="sm">
                    {entry.connection.name}
                  </Anchor>
                ) : (
                  '–'
                )}
              </Table.Td>
              <Table.Td ta="right" className="numbers">
                {entry.delta > 0 ? `+${count(entry.delta)}` : count(entry.delta).replace('-', '−')}
              </Table.Td>
              <Table.Td ta="right" className="numbers">
                {count(entry.balance)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
