import { Drawer, SimpleGrid, Text, Title } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import {
  AssetRecordDocument,
  type EntityType,
  PartRecordDocument,
  PurchaseOrderRecordDocument,
  VendorRecordDocument,
  WorkOrderRecordDocument,
} from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { Empty, Lines, Loaded } from '../ui/states.tsx'
import { bringsRecords } from './brings-records.ts'
import classes from './record.module.css'
import { RecordValue } from './record-value.tsx'

const documents = {
  PURCHASE_ORDER: PurchaseOrderRecordDocument,
  WORK_ORDER: WorkOrderRecordDocument,
  ASSET: AssetRecordDocument,
  VENDOR: VendorRecordDocument,
  PART: PartRecordDocument,
}

const hasDocument = (entity: EntityType): entity is keyof typeof documents => entity in documents

export interface RecordDrawerProps {
  connectionId: string
  entity: EntityType
  /** Null: closed. */
  id: string | null
  onClose: () => void
}

/** One record: the unified fields beside what the source sent, where the key may see it. */
export const RecordDrawer = ({ connectionId, entity, id, onClose }: RecordDrawerProps) => (
  <Drawer opened={id !== null} onClose={onClose} title="Record" position="right" size="min(100%, 1100px)">
    {id !== null && hasDocument(entity) && <Content connectionId={connectionId} entity={entity} id={id} />}
  </Drawer>
)

interface ContentProps {
  connectionId: string
  entity: keyof typeof documents
  id: string
}

function Content({ connectionId, entity, id }: ContentProps) {
  const { may } = useSession()
  const withRaw = may('RECORDS_RAW_READ')
  const query = useLiveQuery<{ node: Record<string, unknown> | null }, { id: string; withRaw: boolean }>({
    query: documents[entity],
    variables: { id, withRaw },
    changes: (event) => bringsRecords(event, connectionId, entity),
  })
  return (
    <Loaded query={query} loading={<Lines lines={12} height={16} />}>
      {({ node }) =>
        node ? (
          <Sides node={node} withRaw={withRaw} />
        ) : (
          <Empty title="It is gone">It may have been deleted since the list was read.</Empty>
        )
      }
    </Loaded>
  )
}

function Sides({ node, withRaw }: { node: Record<string, unknown>; withRaw: boolean }) {
  const { raw, __typename: _, id: _id, connectionId: _connection, ...unified } = node
  return (
    <SimpleGrid cols={{ base: 1, md: withRaw ? 2 : 1 }} spacing="lg">
      <section aria-label="Unified">
        <Title order={2} mb="sm">
          Unified
        </Title>
        <RecordValue value={unified} />
      </section>
      {withRaw && (
        <section aria-label="As the source sent it">
          <Title order={2} mb="sm">
            As the source sent it
          </Title>
          {raw == null ? (
            <Text size="sm" c="dimmed">
              Nothing is kept.
            </Text>
          ) : (
            <pre className={classes['raw']}>{typeof raw === 'string' ? raw : JSON.stringify(raw, null, 2)}</pre>
          )}
        </section>
      )}
    </SimpleGrid>
  )
}
