import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useLiveQuery } from '../api/use-live-query.ts'
import { useOperation } from '../api/use-operation.ts'
import {
  ConfirmDeletesDocument,
  ConnectionRunsDocument,
  DismissDeletesDocument,
  type EntityType,
  HeldDeletionsDocument,
} from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { Confirm } from '../ui/confirm.tsx'
import { AlertIcon } from '../ui/icons.tsx'
import { tellDone } from '../ui/notify.ts'
import { count, plural } from '../ui/numbers.ts'
import { entityPlural } from '../ui/words.ts'

const runsLookedAt = 20

/** Deletions that full re-syncs hold back, of the newest runs that have any. */
export function HeldDeletionsPanel({ connectionId }: { connectionId: string }) {
  const { data } = useLiveQuery({
    query: ConnectionRunsDocument,
    variables: { id: connectionId, first: runsLookedAt },
    changes: (event) =>
      event.connectionId === connectionId && (event.type.startsWith('DELETES_') || event.type === 'ENTITY_FINISHED'),
  })
  const holding = (data?.connection?.syncRuns.edges ?? []).filter(({ node }) =>
    node.entities.some(({ counts }) => counts.heldDeletes > 0),
  )
  return holding.map(({ node }) => <HeldByRun key={node.id} connectionId={connectionId} syncRunId={node.id} />)
}

interface HeldByRunProps {
  connectionId: string
  syncRunId: string
}

function HeldByRun({ connectionId, syncRunId }: HeldByRunProps) {
  const { data, refresh } = useLiveQuery({
    query: HeldDeletionsDocument,
    variables: { id: syncRunId },
    changes: (event) =>
      event.connectionId === connectionId && (event.type.startsWith('DELETES_') || event.type === 'ENTITY_FINISHED'),
  })
  return (data?.syncRun?.entities ?? [])
    .filter(({ heldDeletions }) => heldDeletions.totalCount > 0)
    .map(({ id, entity, heldDeletions: { totalCount, edges } }) => (
      <Held
        key={id}
        {...{ syncRunId, entity, totalCount }}
        examples={edges.map(({ node }) => node.record?.displayName ?? node.externalId)}
        onDecided={refresh}
      />
    ))
}

interface HeldProps {
  syncRunId: string
  entity: EntityType
  totalCount: number
  examples: readonly string[]
  onDecided: () => void
}

function Held({ syncRunId, entity, totalCount, examples, onDecided }: HeldProps) {
  const { may } = useSession()
  const [asking, setAsking] = useState<'confirm' | 'dismiss' | null>(null)
  const confirm = useOperation(ConfirmDeletesDocument)
  const dismiss = useOperation(DismissDeletesDocument)
  const what = entityPlural(entity).toLowerCase()
  const input = { syncRunId, entity }

  async function decide() {
    const { failure } = await (asking === 'confirm' ? confirm : dismiss).run({ input })
    if (failure) return failure.message
    tellDone(asking === 'confirm' ? `${plural(totalCount, 'record')} deleted.` : 'The records stay.')
    onDecided()
    return null
  }

  return (
    <Alert variant="default" icon={<AlertIcon />} title={`${count(totalCount)} ${what} wait for your decision`}>
      <Stack gap="sm">
        <Text size="sm">
          A full re-sync did not find them at the source any more. That is more than it deletes unasked, so they are
          held:
        </Text>
        <List size="sm" spacing={2}>
          {examples.slice(0, 5).map((example) => (
            <List.Item key={example}>{example}</List.Item>
          ))}
          {totalCount > 5 && <List.Item>… and {count(totalCount - 5)} more</List.Item>}
        </List>
        {may('SYNCS_WRITE') && (
          <Group gap="xs">
            <Button size="xs" color="red.9" onClick={() => setAsking('confirm')}>
              Delete them
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsking('dismiss')}>
              Keep them
            </Button>
          </Group>
        )}
      </Stack>
      <Confirm
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === 'confirm' ? `Delete ${count(totalCount)} ${what}?` : `Keep ${count(totalCount)} ${what}?`}
        action={asking === 'confirm' ? 'Delete them' : 'Keep them'}
        danger={asking === 'confirm'}
        onConfirm={decide}
      >
        <Text size="sm">
          {asking === 'confirm'
            ? 'Those that have changed since stay. Consumers of the change feed are told of each deletion.'
            : 'They stay readable. The next full re-sync judges anew.'}
        </Text>
      </Confirm>
    </Alert>
  )
}
