import { Anchor, Table, Text } from '@mantine/core'
import { memo } from 'react'
import { Link } from 'react-router'
import type { ConnectionRowFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { Moment } from '../ui/moment.tsx'
import { count } from '../ui/numbers.ts'
import { Scroll } from '../ui/scroll.tsx'
import { ConnectionStatusMark } from '../ui/status.tsx'
import type { ToldReadings } from './activity.ts'
import { ActivityCell } from './activity-cell.tsx'
import classes from './connections.module.css'
import { lastSuccess, totalRecords } from './freshness.ts'
import { useActivity } from './use-activity.ts'

export interface ConnectionTableProps {
  connections: readonly ConnectionRowFragment[]
  /** When they were asked for. */
  askedAt: number
  /** By connection; absent while Temporal is being asked. */
  nextRuns: ReadonlyMap<string, string | null>
}

export function ConnectionTable({ connections, askedAt, nextRuns }: ConnectionTableProps) {
  const activity = useActivity(connections, askedAt)
  return (
    <Scroll label="Connections">
      <Table className={classes['table'] ?? ''} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="27%">Connection</Table.Th>
            <Table.Th w="12%">System</Table.Th>
            <Table.Th w={150}>Status</Table.Th>
            <Table.Th w={200}>Activity</Table.Th>
            <Table.Th w={110} ta="right">
              Records
            </Table.Th>
            <Table.Th w={120}>Last success</Table.Th>
            <Table.Th w={110}>Next run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {connections.map((connection) => (
            <Row
              key={connection.id}
              connection={connection}
              told={activity.get(connection.id)}
              nextRun={nextRuns.get(connection.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}

interface RowProps {
  connection: ConnectionRowFragment
  told: ToldReadings | undefined
  nextRun: string | null | undefined
}

/** Drawn anew when something of its own has changed: events come many times a second. */
const Row = memo(function Row({ connection, told, nextRun }: RowProps) {
  const { at } = useHere()
  const { id, name, customer, system, status, statusReason, entities } = connection
  const { at: success, never, of } = lastSuccess(entities)
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          component={Link}
          to={at(`connections/${encodeURIComponent(id)}`)}
          fw={550}
          className={classes['name'] ?? ''}
          title={name}
        >
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {customer ? (customer.name ?? customer.externalId) : 'No customer'}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" truncate title={system.name}>
          {system.name}
        </Text>
      </Table.Td>
      <Table.Td>
        <ConnectionStatusMark status={status} />
        {statusReason !== null && (
          <Text size="xs" c="dimmed" truncate title={statusReason}>
            {statusReason}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <ActivityCell connection={connection} told={told} />
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {count(totalRecords(entities))}
      </Table.Td>
      <Table.Td>
        <Moment at={success} none={of === 0 ? '–' : 'Never'} />
        {never > 0 && never < of && (
          <Text size="xs" c="dimmed">
            {never} of {of} entities
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {nextRun === undefined ? '' : <Moment at={nextRun} none={isManual(entities) ? 'Manual' : '–'} />}
      </Table.Td>
    </Table.Tr>
  )
})

/** Where something is scheduled and nothing says when, its schedule rests, or Temporal cannot be asked. */
const isManual = (entities: ConnectionRowFragment['entities']) =>
  entities.every(({ enabled, schedule }) => !enabled || schedule === null)
