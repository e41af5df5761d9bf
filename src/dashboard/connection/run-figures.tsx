import { Table } from '@mantine/core'
import { count } from '../ui/numbers.ts'
import { Scroll } from '../ui/scroll.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { inFull, inWords } from '../ui/time.ts'
import type { RunBar } from './run-bars.ts'

/** What the charts show, for those who cannot see them or point at them. */
export const RunFigures = ({ runs }: { runs: readonly RunBar[] }) => (
  <details>
    <summary>As a table</summary>
    <Scroll label="Figures of the charts">
      <Table mt="sm" style={{ minWidth: 760 }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Ended</Table.Th>
            <Table.Th>Status</Table.Th>
            {['Took', 'Created', 'Updated', 'Deleted', 'Records after it'].map((label) => (
              <Table.Th key={label} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="numbers">
          {runs.toReversed().map(({ id, at, status, seconds, created, updated, deleted, records }) => (
            <Table.Tr key={id}>
              <Table.Td>{inFull(at)}</Table.Td>
              <Table.Td>
                <SyncStatusMark status={status} />
              </Table.Td>
              <Table.Td ta="right">{inWords(seconds * 1_000)}</Table.Td>
              <Table.Td ta="right">{count(created)}</Table.Td>
              <Table.Td ta="right">{count(updated)}</Table.Td>
              <Table.Td ta="right">{count(deleted)}</Table.Td>
              <Table.Td ta="right">{records === null ? '–' : count(records)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  </details>
)
