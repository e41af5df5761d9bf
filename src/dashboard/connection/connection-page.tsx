import { Alert, Anchor, Tabs } from '@mantine/core'
import { Link, useParams, useSearchParams } from 'react-router'
import { type LiveQuery, useLiveQuery } from '../api/use-live-query.ts'
import { ConnectionDocument, type ConnectionDetailsFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { AlertIcon } from '../ui/icons.tsx'
import { Page } from '../ui/page.tsx'
import { Empty, Failed, Lines, Loaded } from '../ui/states.tsx'
import { ConnectionStatusMark } from '../ui/status.tsx'
import { ConnectionActions } from './connection-actions.tsx'
import { ConnectionCharts } from './connection-charts.tsx'
import { EntityTable } from './entity-table.tsx'
import { FactsPanel } from './facts-panel.tsx'
import { HeldDeletionsPanel } from './held-deletions-panel.tsx'
import { RejectedPanel } from './rejected-panel.tsx'
import { RunsPanel } from './runs-panel.tsx'

export function ConnectionPage() {
  const { id = '' } = useParams()
  const { at } = useHere()
  const { may } = useSession()
  const query = useLiveQuery({
    query: ConnectionDocument,
    variables: { id, withRuns: may('SYNCS_READ') },
    // progress is taken from the events themselves, but for how many records there are
    changes: ({ connectionId, type }) => connectionId === id && (type !== 'ENTITY_PROGRESS' || 'seldom'),
  })
  const back = { to: at('connections'), label: 'Connections' }
  if (query.data?.connection) return <Details connection={query.data.connection} query={query} back={back} />
  return (
    <Page title="Connection" back={back}>
      <Loaded query={query} loading={<Lines lines={10} />}>
        {() => <Empty title="No such connection">It is unknown in this environment. Another one may have it.</Empty>}
      </Loaded>
    </Page>
  )
}

interface DetailsProps {
  connection: ConnectionDetailsFragment
  query: Pick<LiveQuery<unknown>, 'askedAt' | 'refresh'>
  back: { to: string; label: string }
}

const tabs = ['entities', 'runs', 'charts', 'rejected', 'settings'] as const

function Details({ connection, query, back }: DetailsProps) {
  const { may } = useSession()
  const [parameters, setParameters] = useSearchParams()
  const asked = parameters.get('tab')
  const tab = tabs.find((each) => each === asked) ?? 'entities'
  const { id, name, status, statusReason, system, customer } = connection
  const withRuns = may('SYNCS_READ')
  return (
    <Page
      title={name}
      mark={<ConnectionStatusMark status={status} />}
      summary={`${system.name}${customer ? ` · ${customer.name ?? customer.externalId}` : ''}`}
      back={back}
      actions={<ConnectionActions connection={connection} onChanged={query.refresh} />}
    >
      {statusReason !== null && status === 'ACTION_REQUIRED' && (
        <Failed message={statusReason} title="Something has to be done before it syncs again" />
      )}
      <Ended connection={connection} />
      <Tabs
        value={tab}
        onChange={(next) => setParameters(next === null || next === 'entities' ? {} : { tab: next }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label="Parts of the connection">
          <Tabs.Tab value="entities">Entities</Tabs.Tab>
          {withRuns && <Tabs.Tab value="runs">Runs</Tabs.Tab>}
          {withRuns && <Tabs.Tab value="charts">Charts</Tabs.Tab>}
          {may('RECORDS_READ') && <Tabs.Tab value="rejected">Rejected records</Tabs.Tab>}
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="entities">
          <EntityTable connection={connection} askedAt={query.askedAt} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <RunsPanel connectionId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="charts">
          <ConnectionCharts connectionId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="rejected">
          <RejectedPanel connectionId={id} entities={connection.entities.map(({ entity }) => entity)} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <FactsPanel connection={connection} />
        </Tabs.Panel>
      </Tabs>
      {withRuns && may('RECORDS_READ') && <HeldDeletionsPanel connectionId={id} />}
    </Page>
  )
}

/** What became of a connection that is over. */
function Ended({ connection }: { connection: ConnectionDetailsFragment }) {
  const { at } = useHere()
  const { status, dataDeletedAt, entities, reconnectedAs } = connection
  if (status !== 'DISCONNECTED') return null
  const deleting = dataDeletedAt === null && entities.some(({ dataDeletionRequestedAt }) => dataDeletionRequestedAt)
  return (
    <Alert variant="default" icon={<AlertIcon />} title="This connection is disconnected">
      Its token is refused and its credits are back.{' '}
      {dataDeletedAt !== null
        ? 'Its data are deleted.'
        : deleting
          ? 'Its data are hidden from everybody, and being deleted.'
          : 'Its records stay readable with a key until you delete them.'}
      {reconnectedAs && (
        <>
          {' '}
          It was reconnected as{' '}
          <Anchor component={Link} to={at(`connections/${encodeURIComponent(reconnectedAs.id)}`)}>
            {reconnectedAs.name}
          </Anchor>
          .
        </>
      )}
    </Alert>
  )
}
