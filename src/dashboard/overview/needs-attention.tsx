import { Anchor, Table, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { SyncEvent } from '../api/follow.ts'
import { useLiveQuery } from '../api/use-live-query.ts'
import { NeedsAttentionDocument } from '../generated/documents.ts'
import { earliest } from '../connections/freshness.ts'
import { useHere } from '../layout/use-here.ts'
import { Moment } from '../ui/moment.tsx'
import { count } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { hoursBefore } from '../ui/time.ts'

export interface NeedsAttentionProps {
  changes: (event: SyncEvent) => false | 'seldom'
}

export function NeedsAttention({ changes }: NeedsAttentionProps) {
  const { at } = useHere()
  const query = useLiveQuery({
    query: NeedsAttentionDocument,
    variables: (now) => ({ day: hoursBefore(now, 24) }),
    changes,
  })
  const link = (id: string, name: string) => (
    <Anchor component={Link} to={at(`connections/${encodeURIComponent(id)}`)} fw={550} size="sm">
      {name}
    </Anchor>
  )
  return (
    <Panel title="Needs attention" flush>
      <Loaded query={query}>
        {({ actionRequired, stale }) =>
          actionRequired.edges.length + stale.edges.length === 0 ? (
            <Empty title="Nothing does">Every connection is in order, and was synced within a day.</Empty>
          ) : (
            <Table>
              <Table.Tbody>
                {actionRequired.edges.map(({ node: { id, name, statusReason } }) => (
                  <Table.Tr key={id}>
                    <Table.Td w="32%">{link(id, name)}</Table.Td>
                    <Table.Td>
                      <Text size="sm">{statusReason ?? 'Someone has to change something.'}</Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
                <More list={actionRequired} what="need action" query="status=ACTION_REQUIRED" />
                {stale.edges.map(({ node: { id, name, entities } }) => (
                  <Table.Tr key={id}>
                    <Table.Td w="32%">{link(id, name)}</Table.Td>
                    <Table.Td>
                      <Text size="sm" component="div">
                        <StaleWords entities={entities} />
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
                <More list={stale} what="were not synced whole for a day" query="status=ACTIVE&stale=day" />
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </Panel>
  )
}

interface MoreProps {
  list: { totalCount: number; edges: readonly unknown[] }
  what: string
  /** Of the list that has all of them. */
  query: string
}

function More({ list: { totalCount, edges }, what, query }: MoreProps) {
  const { at } = useHere()
  const more = totalCount - edges.length
  if (more <= 0) return null
  return (
    <Table.Tr>
      <Table.Td colSpan={2}>
        <Anchor component={Link} to={at(`connections?${query}`)} size="sm">
          {count(more)} more {what}: show all
        </Anchor>
      </Table.Td>
    </Table.Tr>
  )
}

function StaleWords({ entities }: { entities: readonly { enabled: boolean; lastSuccessfulSyncAt: string | null }[] }) {
  const successes = entities.filter(({ enabled }) => enabled).map(({ lastSuccessfulSyncAt }) => lastSuccessfulSyncAt)
  const oldest = successes.includes(null) ? null : earliest(successes)
  if (oldest == null) return 'Not all of its entities have been read to the end.'
  return (
    <>
      Last synced whole <Moment at={oldest} />.
    </>
  )
}
