import { Button, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { ConnectionCountDocument, ConnectionsDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { PlusIcon } from '../ui/icons.tsx'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Empty, Lines, Loaded } from '../ui/states.tsx'
import { ConnectionTable } from './connection-table.tsx'
import { FilterBar } from './filter-bar.tsx'
import { isOfConnection, shows } from './listed.ts'
import { useFilter } from './use-filter.ts'
import { useEarliestRuns } from './use-earliest-runs.ts'

const rowsOfPage = 50

/** Counting all connections costs more than reading a page of them. */
const countEveryMs = 10_000

export function ConnectionsPage() {
  const { at } = useHere()
  const { may } = useSession()
  const narrowing = useFilter()
  const { place, go, atStart } = usePlace(rowsOfPage)
  const { filterAt } = narrowing
  const list = useLiveQuery({
    query: ConnectionsDocument,
    variables: (now) => ({ ...place, filter: filterAt(now), withRuns: may('SYNCS_READ') }),
    // progress is taken from the events themselves, but for how many records there are
    changes: (event, answer) => {
      if (!shows(answer, event)) return isOfConnection(event) && 'seldom'
      if (event.type === 'ENTITY_PROGRESS') return 'seldom'
      return event.type !== 'ENTITY_STARTED'
    },
  })
  const counted = useLiveQuery({
    query: ConnectionCountDocument,
    variables: (now) => ({ filter: filterAt(now) }),
    changes: isOfConnection,
    everyMs: countEveryMs,
  })
  const nextRuns = useEarliestRuns((now) => ({ ...place, filter: filterAt(now) }))

  const connect = may('CONNECTIONS_WRITE') && (
    <Button component={Link} to={at('connect')} leftSection={<PlusIcon />}>
      Connect a system
    </Button>
  )
  return (
    <Page title="Connections" actions={connect || undefined}>
      <Stack gap="sm">
        <FilterBar {...narrowing} />
        <div className="panel">
          <Loaded query={list} loading={<Lines lines={8} height={30} />}>
            {({ connections: { edges, pageInfo } }) =>
              edges.length === 0 ? (
                <NoConnections isNarrowed={narrowing.isNarrowed} connect={connect} />
              ) : (
                <>
                  <ConnectionTable
                    connections={edges.map(({ node }) => node)}
                    askedAt={list.askedAt}
                    nextRuns={nextRuns}
                  />
                  <Pager
                    pageInfo={pageInfo}
                    rows={edges.length}
                    totalCount={counted.data?.connections.totalCount}
                    what="connections"
                    atStart={atStart}
                    go={go}
                  />
                </>
              )
            }
          </Loaded>
        </div>
      </Stack>
    </Page>
  )
}

const NoConnections = ({ isNarrowed, connect }: { isNarrowed: boolean; connect: ReactNode }) =>
  isNarrowed ? (
    <Empty title="No connection fits">Change the search or a filter, or show all.</Empty>
  ) : (
    <Empty title="Nothing is connected yet" action={connect}>
      A connection reads one customer’s system and keeps its records current here.
    </Empty>
  )
