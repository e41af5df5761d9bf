import { List } from '@mantine/core'
import { useState } from 'react'
import { useLiveQuery } from '../api/use-live-query.ts'
import { HeldDeletionPageDocument, type HeldDeletionRowFragment } from '../generated/documents.ts'
import { Pager } from '../ui/pager.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Empty, Lines, Loaded } from '../ui/states.tsx'

export const nameOf = ({ externalId, record }: HeldDeletionRowFragment) => record?.displayName ?? externalId

const rowsOfPage = 50

/** All that waits for the decision, page by page. */
export function HeldRecords({ entityRunId, what }: { entityRunId: string; what: string }) {
  const [after, setAfter] = useState<string | null>(null)
  const query = useLiveQuery({
    query: HeldDeletionPageDocument,
    variables: { entityRunId, first: rowsOfPage, after },
  })
  return (
    <Loaded query={query} loading={<Lines lines={5} height={16} />}>
      {({ node }) => {
        const held = node?.__typename === 'EntityRun' ? node.heldDeletions : null
        if (!held || held.edges.length === 0) return <Empty title="Nothing is held any more" />
        return (
          <>
            <Scroll label={`Held: ${what}`} maxHeight={220}>
              <List size="sm" spacing={2} py="xs">
                {held.edges.map(({ node: each }) => (
                  <List.Item key={each.externalId}>
                    {nameOf(each)}
                    {nameOf(each) !== each.externalId && <span className="code"> ({each.externalId})</span>}
                  </List.Item>
                ))}
              </List>
            </Scroll>
            <Pager
              pageInfo={held.pageInfo}
              rows={held.edges.length}
              totalCount={held.totalCount}
              what={what}
              backwards={false}
              atStart={after === null}
              go={({ after: next = null }) => setAfter(next)}
            />
          </>
        )
      }}
    </Loaded>
  )
}
