import { Group, Stack, Text } from '@mantine/core'
import { Panel } from '../ui/panel.tsx'
import { count, plural } from '../ui/numbers.ts'

export interface CreditSummaryProps {
  cost: number
  /** Free before. */
  available: number
}

export const CreditSummary = ({ cost, available }: CreditSummaryProps) => (
  <Panel title="Credits">
    <Stack gap={6}>
      <Line label="This connection takes" value={count(cost)} />
      <Line label="Free now" value={count(available)} />
      <Line label="Free afterwards" value={count(Math.max(0, available - cost))} />
      <Text size="xs" c="dimmed">
        {cost > available
          ? `${plural(cost - available, 'credit')} short. Disconnect something, or have the total raised.`
          : 'They come back when it is disconnected.'}
      </Text>
    </Stack>
  </Panel>
)

const Line = ({ label, value }: { label: string; value: string }) => (
  <Group justify="space-between" gap="sm">
    <Text size="sm">{label}</Text>
    <Text size="sm" fw={600} className="numbers">
      {value}
    </Text>
  </Group>
)
