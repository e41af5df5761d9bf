import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { CatalogDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { useUnfinished } from '../session/unfinished.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { ConnectForm } from './connect-form.tsx'
import { SystemChoice } from './system-choice.tsx'

export function ConnectPage() {
  const { at, environment } = useHere()
  const { may } = useSession()
  const allowed = may('CONNECTIONS_WRITE') && may('CONNECTIONS_READ')
  const query = useLiveQuery({
    query: CatalogDocument,
    variables: {},
    pause: !allowed,
    changes: ({ type }) => type === 'CONNECTION_CREATED' || type === 'CONNECTION_DISCONNECTED',
  })
  const [key, setKey] = useUnfinished<string | null>(`connect ${environment}`, () => null)

  return (
    <Page title="Connect a system" back={{ to: at('connections'), label: 'Connections' }}>
      {allowed ? (
        <Loaded query={query}>
          {({ systems, credits }) => {
            const system = systems.find((each) => each.key === key)
            return (
              <>
                <Panel title="System">
                  <SystemChoice systems={systems} value={key} onChange={setKey} />
                </Panel>
                {system && <ConnectForm key={system.key} system={system} available={credits.available} />}
              </>
            )
          }}
        </Loaded>
      ) : (
        <Empty title="Your key may not connect systems">
          That takes the scopes CONNECTIONS_READ and CONNECTIONS_WRITE.{' '}
          <Anchor component={Link} to={at('connections')}>
            To the connections
          </Anchor>
        </Empty>
      )}
    </Page>
  )
}
