import { Button, Group, Table, Text, VisuallyHidden } from '@mantine/core'
import type { KeyRowFragment } from '../generated/documents.ts'
import { useNow } from '../ui/clock.tsx'
import { Moment } from '../ui/moment.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Status } from '../ui/status.tsx'
import { inSentenceCase } from '../ui/words.ts'

export interface KeyTableProps {
  keys: readonly KeyRowFragment[]
  onRotate: (key: KeyRowFragment) => void
  onRevoke: (key: KeyRowFragment) => void
}

export const KeyTable = ({ keys, onRotate, onRevoke }: KeyTableProps) => (
  <Scroll label="API keys">
    <Table style={{ minWidth: 1000 }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th w={120}>Status</Table.Th>
          <Table.Th>Scopes</Table.Th>
          <Table.Th w={120}>Made</Table.Th>
          <Table.Th w={120}>Last used</Table.Th>
          <Table.Th w={120}>Expires</Table.Th>
          <Table.Th w={180} pos="relative">
            <VisuallyHidden>Actions</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Row key={key.id} apiKey={key} onRotate={() => onRotate(key)} onRevoke={() => onRevoke(key)} />
        ))}
      </Table.Tbody>
    </Table>
  </Scroll>
)

interface RowProps {
  apiKey: KeyRowFragment
  onRotate: () => void
  onRevoke: () => void
}

function Row({ apiKey, onRotate, onRevoke }: RowProps) {
  const now = useNow()
  const { name, prefix, lastFour, scopes, createdAt, lastUsedAt, expiresAt, revokedAt, overlapEndsAt } = apiKey
  const expired = expiresAt !== null && Date.parse(expiresAt) <= now
  const works = revokedAt === null && !expired
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={550}>
          {name}
        </Text>
        <Text className="code" c="dimmed">
          {prefix}…{lastFour}
        </Text>
      </Table.Td>
      <Table.Td>
        {works ? (
          <Status tone="good" label="Works" />
        ) : (
          <Status tone="idle" label={revokedAt === null ? 'Expired' : 'Revoked'} hollow />
        )}
        {works && overlapEndsAt !== null && (
          <Text size="xs" c="dimmed">
            Older until <Moment at={overlapEndsAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Scopes scopes={scopes} />
      </Table.Td>
      <Table.Td>
        <Moment at={createdAt} />
      </Table.Td>
      <Table.Td>
        <Moment at={lastUsedAt} none="Never" />
      </Table.Td>
      <Table.Td>
        <Moment at={expiresAt} none="Never" />
      </Table.Td>
      <Table.Td>
        {works && (
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <Button size="xs" variant="default" onClick={onRotate} aria-label={`Rotate ${name}`}>
              Rotate
            </Button>
            <Button size="xs" variant="default" onClick={onRevoke} aria-label={`Revoke ${name}`}>
              Revoke
            </Button>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

/** What is too much for a row can be opened, by the keyboard too. */
function Scopes({ scopes }: Pick<KeyRowFragment, 'scopes'>) {
  const words = scopes.map(inSentenceCase).join(', ')
  if (scopes.length <= 2) return words
  return (
    <details>
      <summary>{scopes.length} scopes</summary>
      <Text size="sm" maw={360}>
        {words}
      </Text>
    </details>
  )
}
