import { Stack, Text } from '@mantine/core'
import type { ConnectionDetailsFragment } from '../generated/documents.ts'
import { Facts } from '../ui/facts.tsx'
import { Moment } from '../ui/moment.tsx'
import { plural } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { scheduleWords } from './schedule-words.ts'

export const FactsPanel = ({ connection }: { connection: ConnectionDetailsFragment }) => {
  const { config, token, customer, historyDays, creditCost, createdAt, disconnectedAt, system, id } = connection
  return (
    <Stack gap="lg">
      <Panel title="Connection">
        <Facts
          facts={[
            ['System', system.name],
            ['Customer', customer ? `${customer.name ?? customer.externalId} (${customer.externalId})` : 'None'],
            ['History', plural(historyDays, 'day')],
            ['Credits', disconnectedAt === null ? `${creditCost} in use` : 'Given back'],
            ['Connected', <Moment key="at" at={createdAt} />],
            ...(disconnectedAt === null ? [] : [['Disconnected', <Moment key="at" at={disconnectedAt} />] as const]),
            [
              'ID',
              <span key="id" className="code">
                {id}
              </span>,
            ],
          ]}
        />
      </Panel>
      <Panel title="Token">
        {token ? (
          <Facts
            facts={[
              ['Token', <span key="token" className="code">{`${token.prefix}…${token.lastFour}`}</span>],
              ['Made', <Moment key="made" at={token.createdAt} />],
              ['Last used', <Moment key="used" at={token.lastUsedAt} none="Never" />],
              ['Expires', <Moment key="expires" at={token.expiresAt} none="Never" />],
              ['Older ones work until', <Moment key="overlap" at={token.overlapEndsAt} none="None works" />],
            ]}
          />
        ) : (
          <Text size="sm">None works. {connection.status !== 'DISCONNECTED' && 'Rotate it to make one.'}</Text>
        )}
      </Panel>
      {connection.tokenRotation && <RotationPanel rotation={connection.tokenRotation} />}
      <Panel title="Config">
        <Scroll label="Config as JSON">
          <pre className="code" style={{ margin: 0 }}>
            {JSON.stringify(config, null, 2)}
          </pre>
        </Scroll>
      </Panel>
    </Stack>
  )
}

type Rotation = NonNullable<ConnectionDetailsFragment['tokenRotation']>

const RotationPanel = ({
  rotation: { every, lastRotatedAt, nextRotationAt, target, failure },
}: {
  rotation: Rotation
}) => (
  <Panel title="The token rotates by itself">
    <Facts
      facts={[
        ['How often', scheduleWords({ every, cron: null, timeZone: null })],
        ['Last time', <Moment key="last" at={lastRotatedAt} none="Not yet" />],
        ['Next time', <Moment key="next" at={nextRotationAt} />],
        ['Written to', <span key="to" className="code">{`${target.store}: ${target.name}`}</span>],
      ]}
    />
    {failure && (
      <Text size="sm" c="var(--bad)" mt="sm" component="div">
        {failure.message} It failed {plural(failure.attempts, 'time')}; next try <Moment at={failure.retryAt} />.
      </Text>
    )}
  </Panel>
)
