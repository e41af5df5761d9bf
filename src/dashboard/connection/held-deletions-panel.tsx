import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import { useOperation } from '../api/use-operation.ts'
import { Confirm } from '../forms/confirm.tsx'
import { useAsked } from '../forms/use-asked.ts'
import {
  ConfirmDeletesDocument,
  DismissDeletesDocument,
  type EntityType,
  type HeldDeletionRowFragment,
  HeldDeletionsDocument,
} from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { AlertIcon } from '../ui/icons.tsx'
import { tellDone } from '../ui/notify.ts'
import { count } from '../ui/numbers.ts'
import { Loaded } from '../ui/states.tsx'
import { entityPlural } from '../ui/words.ts'
import { HeldRecords, nameOf } from './held-records.tsx'

export interface HeldDeletionsPanelProps {
  connectionId: string
  /** Only what this run holds. */
  syncRunId?: string
}

/** Deletions that wait for a decision, however long ago they were held. */
export function HeldDeletionsPanel({ connectionId, syncRunId }: HeldDeletionsPanelProps) {
  const query = useLiveQuery({
    query: HeldDeletionsDocument,
    variables: { id: connectionId },
    changes: (event) =>
      event.connectionId === connectionId && (event.type.startsWith('DELETES_') || event.type === 'ENTITY_FINISHED'),
  })
  return (
    <Loaded query={query} loading={null}>
      {({ connection }) => (
        <Stack gap="md">
          {(connection?.entities ?? []).map(({ entity, heldRun }) =>
            heldRun && (syncRunId === undefined || heldRun.syncRunId === syncRunId) ? (
              <Held
                key={heldRun.id}
                syncRunId={heldRun.syncRunId}
                entityRunId={heldRun.id}
                entity={entity}
                totalCount={heldRun.heldDeletions.totalCount}
                examples={heldRun.heldDeletions.edges.map(({ node }) => node)}
                mayDecide={connection?.status !== 'DISCONNECTED'}
                onDecided={query.refresh}
              />
            ) : null,
          )}
        </Stack>
      )}
    </Loaded>
  )
}

interface HeldProps {
  syncRunId: string
  entityRunId: string
  entity: EntityType
  totalCount: number
  examples: readonly HeldDeletionRowFragment[]
  /** Not once the connection is over: the server refuses. */
  mayDecide: boolean
  onDecided: () => void
}

function Held({ syncRunId, entityRunId, entity, totalCount, examples, mayDecide, onDecided }: HeldProps) {
  const { may } = useSession()
  const { asked, opened, ask, close } = useAsked<'confirm' | 'dismiss'>()
  const confirm = useOperation(ConfirmDeletesDocument)
  const dismiss = useOperation(DismissDeletesDocument)
  const what = entityPlural(entity).toLowerCase()
  const input = { syncRunId, entity }

  async function decide() {
    const { failure } = await (asked === 'confirm' ? confirm : dismiss).run({ input })
    if (failure) return failure.message
    tellDone(asked === 'confirm' ? 'Deleted, but for those that have changed since.' : 'The records stay.')
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
          {examples.map((each) => (
            <List.Item key={each.externalId}>{nameOf(each)}</List.Item>
          ))}
          {totalCount > examples.length && <List.Item>… and {count(totalCount - examples.length)} more</List.Item>}
        </List>
        {mayDecide && may('SYNCS_WRITE') && (
          <Group gap="xs">
            <Button size="xs" color="red.9" onClick={() => ask('confirm')}>
              Delete them
            </Button>
            <Button size="xs" variant="default" onClick={() => ask('dismiss')}>
              Keep them
            </Button>
          </Group>
        )}
      </Stack>
      <Confirm
        opened={opened}
        onClose={close}
        title={asked === 'confirm' ? `Delete ${count(totalCount)} ${what}?` : `Keep ${count(totalCount)} ${what}?`}
        action={asked === 'confirm' ? 'Delete them' : 'Keep them'}
        danger={asked === 'confirm'}
        onConfirm={decide}
      >
        <Text size="sm">
          {asked === 'confirm'
            ? 'Those that have changed since stay. Consumers of the change feed are told of each deletion.'
            : 'They stay readable. The next full re-sync judges anew.'}
        </Text>
        <HeldRecords entityRunId={entityRunId} what={what} />
      </Confirm>
    </Alert>
  )
}
