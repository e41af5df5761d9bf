import { Button, Group, Text } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { PageEndsFragment } from '../generated/documents.ts'
import { focusable } from './focusable.tsx'
import { BackIcon, ForwardIcon } from './icons.tsx'
import { count } from './numbers.ts'
import { useOutdated } from './states.tsx'

/** Variables of a Relay list. */
export interface Place {
  first?: number
  after?: string
  last?: number
  before?: string
}

/** Where in a list the page stands, kept in its address. */
export function usePlace(size: number) {
  const [parameters, setParameters] = useSearchParams()
  const after = parameters.get('after')
  const before = parameters.get('before')
  const place = useMemo<Place>(() => {
    if (before !== null) return { last: size, before }
    return after === null ? { first: size } : { first: size, after }
  }, [after, before, size])
  const go = useCallback(
    (to: { after?: string | null; before?: string | null }) =>
      setParameters((given) => {
        const next = new URLSearchParams(given)
        next.delete('after')
        next.delete('before')
        for (const [name, cursor] of Object.entries(to)) if (cursor) next.set(name, cursor)
        return next
      }),
    [setParameters],
  )
  return { place, go, atStart: after === null && before === null }
}

export interface PagerProps {
  pageInfo: PageEndsFragment
  /** Those of this page. */
  rows: number
  totalCount?: number | undefined
  what: string
  /** False where the list cannot be read backwards: then "first page" takes the place of "previous". */
  backwards?: boolean
  atStart: boolean
  go: (to: { after?: string | null; before?: string | null }) => void
}

export function Pager({ pageInfo, rows, totalCount, what, backwards = true, atStart, go }: PagerProps) {
  // its cursors are of the page before
  const outdated = useOutdated() || undefined
  return (
    <Group justify="space-between" px="md" py="sm" component="nav" aria-label="Paging">
      <Text size="sm" c="dimmed" className="numbers" aria-live="polite">
        {totalCount === undefined ? `${count(rows)} ${what}` : `${count(rows)} of ${count(totalCount)} ${what}`}
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<BackIcon size={16} />}
          renderRoot={focusable}
          disabled={atStart || (backwards && !pageInfo.hasPreviousPage)}
          aria-disabled={outdated}
          onClick={() => go(backwards ? { before: pageInfo.startCursor } : {})}
        >
          {backwards ? 'Previous' : 'First page'}
        </Button>
        <Button
          size="xs"
          variant="default"
          rightSection={<ForwardIcon size={16} />}
          renderRoot={focusable}
          disabled={!pageInfo.hasNextPage}
          aria-disabled={outdated}
          onClick={() => go({ after: pageInfo.endCursor })}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}
