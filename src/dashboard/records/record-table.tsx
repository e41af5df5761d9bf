import { Anchor, Table, Text } from '@mantine/core'
import type { RecordRowFragment } from '../generated/documents.ts'
import { Moment } from '../ui/moment.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { columnsOf } from './columns.ts'

export interface RecordTableProps {
  records: readonly RecordRowFragment[]
  onOpen: (id: string) => void
}

export function RecordTable({ records, onOpen }: RecordTableProps) {
  const columns = columnsOf(records[0])
  return (
    <Scroll label="Records">
      <Table style={{ tableLayout: 'fixed', minWidth: 980 }} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={140}>Number</Table.Th>
            {columns.map(({ label, right, width }) => (
              <Table.Th key={label} w={width} ta={right ? 'right' : undefined}>
                {label}
              </Table.Th>
            ))}
            <Table.Th w={130}>Changed there</Table.Th>
            <Table.Th w={120}>Changed here</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records.map((record) => (
            <Table.Tr key={record.id}>
              <Table.Td>
                <Anchor component="button" type="button" size="sm" fw={550} onClick={() => onOpen(record.id)}>
                  {record.number ?? record.externalId}
                </Anchor>
              </Table.Td>
              {columns.map(({ label, value, right }) => (
                <Table.Td key={label} ta={right ? 'right' : undefined} className="numbers">
                  <Text size="sm" truncate title={value(record) ?? undefined}>
                    {value(record) ?? '–'}
                  </Text>
                </Table.Td>
              ))}
              <Table.Td>
                {record.deletedAt === null ? (
                  <Moment at={record.sourceUpdatedAt} />
                ) : (
                  <>
                    Deleted <Moment at={record.deletedAt} />
                  </>
                )}
              </Table.Td>
              <Table.Td>
                <Moment at={record.updatedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  )
}
