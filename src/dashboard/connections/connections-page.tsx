import { Button, Stack } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import type { SyncEvent } from '../api/follow.ts'
import {
  ConnectionsDocument,
  ConnectionsNextRunsDocument,
  type ConnectionsNextRunsQueryVariables,
} from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { PlusIcon } from '../ui/icons.tsx'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Empty, Lines, Loaded } from '../ui/states.tsx'
import { ConnectionTable } from './connection-table.tsx'
import classes from './connections.module.css'
import { FilterBar } from './filter-bar.tsx'
import { earliest } from './freshness.ts'
import { useActivity } from './use-activity.ts'
import { useFilter } from './use-filter.ts'

const rowsOfPage = 50

/** Progress is taken from the events themselves. */
const changesTheList = ({ type }: SyncEvent) => type !== 'ENTITY_PROGRESS' && type !== 'ENTITY_STARTED'

export function ConnectionsPage() {
  const { at } = useHere()
  const { may } = useSession()
  const narrowing = useFilter()
  const { place, go, atStart } = usePlace(rowsOfPage)
  const list = useLiveQuery({
    query: ConnectionsDocument,
    variables: { ...place, filter: narrowing.filter, withRuns: may('SYNCS_READ') },
    changes: changesTheList,
  })
  const nextRuns = useNextRuns({ ...place, filter: narrowing.filter })
  const readingsOf = useActivity()

  const connect = may('CONNECTIONS_WRITE') && (
    <Button component={Link} to={at('connect')} leftSection={<PlusIcon />}>
      Connect a system
    </Button>
  )
  return (
    <Page title="Connections" actions={connect || undefined}>
      <Stack gap="sm">
        <FilterBar {...narrowing} />
        <div className={`panel ${list.outdated ? classes['outdated'] : ''}`}>
          <Loaded query={list} loading={<Lines lines={8} height={30} />}>
            {({ connections: { edges, pageInfo, totalCount } }) =>
              edges.length === 0 ? (
                <NoConnections isNarrowed={narrowing.isNarrowed} connect={connect} />
              ) : (
                <>
                  <ConnectionTable
                    connections={edges.map(({ node }) => node)}
                    readingsOf={readingsOf}
                    nextRuns={nextRuns}
                  />
                  <Pager
                    pageInfo={pageInfo}
                    rows={edges.length}
                    totalCount={totalCount}
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

function useNextRuns(variables: ConnectionsNextRunsQueryVariables) {
  const { data } = useLiveQuery({
    query: ConnectionsNextRunsDocument,
    variables,
    changes: ({ type }) => type === 'RUN_FINISHED' || type.startsWith('CONNECTION_'),
  })
  return useMemo(
    () =>
      new Map(
        data?.connections.edges.map(({ node }) => [node.id, earliest(node.entities.map(({ nextRunAt }) => nextRunAt))]),
      ),
    [data],
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
