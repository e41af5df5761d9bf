import { Anchor } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { useQuery } from 'urql'
import { describeError } from '../api/describe-error.ts'
import { CatalogDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Empty, Failed, Lines } from '../ui/states.tsx'
import { type Connected, ConnectedPanel } from './connected-panel.tsx'
import { ConnectForm } from './connect-form.tsx'
import { SystemChoice } from './system-choice.tsx'

export function ConnectPage() {
  const { at } = useHere()
  const { may } = useSession()
  const [{ data, error }, reread] = useQuery({ query: CatalogDocument })
  const [key, setKey] = useState<string | null>(null)
  const [connected, setConnected] = useState<Connected | null>(null)
  const system = data?.systems.find((each) => each.key === key)

  return (
    <Page
      title={connected ? `${connected.name} is connected` : 'Connect a system'}
      back={{ to: at('connections'), label: 'Connections' }}
    >
      {!may('CONNECTIONS_WRITE') ? (
        <Empty title="Your key may not connect systems">
          It lacks the scope CONNECTIONS_WRITE.{' '}
          <Anchor component={Link} to={at('connections')}>
            To the connections
          </Anchor>
        </Empty>
      ) : connected ? (
        <ConnectedPanel {...connected} />
      ) : data ? (
        <>
          <Panel title="System">
            <SystemChoice systems={data.systems} value={key} onChange={setKey} />
          </Panel>
          {system && (
            <ConnectForm
              key={system.key}
              system={system}
              available={data.credits.available}
              onConnected={setConnected}
            />
          )}
        </>
      ) : error ? (
        <Failed message={describeError(error)} onRetry={() => reread({ requestPolicy: 'network-only' })} />
      ) : (
        <Lines />
      )}
    </Page>
  )
}
