import { useMemo } from 'react'
import { type LiveQueryOptions, useLiveQuery } from '../api/use-live-query.ts'
import {
  ConnectionsNextRunsDocument,
  type ConnectionsNextRunsQuery,
  type ConnectionsNextRunsQueryVariables,
} from '../generated/documents.ts'
import { earliest } from './freshness.ts'
import { isOfConnection, shows } from './listed.ts'

/** Temporal is asked for each schedule. */
const everyMs = 30_000

type Variables = LiveQueryOptions<ConnectionsNextRunsQuery, ConnectionsNextRunsQueryVariables>['variables']

/** When each connection of a list runs next, whatever of it; absent while Temporal is being asked. */
export function useEarliestRuns(variables: Variables): ReadonlyMap<string, string | null> {
  const { data } = useLiveQuery({
    query: ConnectionsNextRunsDocument,
    variables,
    changes: (event, answer) => isOfConnection(event) || (event.type === 'RUN_FINISHED' && shows(answer, event)),
    everyMs,
  })
  return useMemo(
    () =>
      new Map(
        data?.connections.edges.map(({ node }) => [node.id, earliest(node.entities.map(({ nextRunAt }) => nextRunAt))]),
      ),
    [data],
  )
}
