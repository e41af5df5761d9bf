import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import type { CombinedError } from '@urql/core'
import type { ReactNode } from 'react'
import { describeError } from '../api/describe-error.ts'
import type { LiveQuery } from '../api/use-live-query.ts'
import { AlertIcon } from './icons.tsx'

export interface EmptyProps {
  title: string
  children?: ReactNode
  action?: ReactNode
}

export const Empty = ({ title, children, action }: EmptyProps) => (
  <Stack align="center" gap="xs" py={56} px="md">
    <Text fw={600}>{title}</Text>
    {children !== undefined && (
      <Text c="dimmed" size="sm" ta="center" maw={460} component="div">
        {children}
      </Text>
    )}
    {action}
  </Stack>
)

export interface FailedProps {
  title?: string
  message: string
  onRetry?: () => void
}

export const Failed = ({ title = 'This could not be read', message, onRetry }: FailedProps) => (
  <Alert variant="default" icon={<AlertIcon />} title={title} role="alert">
    <Group justify="space-between" gap="sm">
      <Text size="sm">{message}</Text>
      {onRetry && (
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Group>
  </Alert>
)

/** Lines as high as a table's, so that nothing jumps when the rows come. */
export const Lines = ({ lines = 6, height = 24 }: { lines?: number; height?: number }) => (
  <Stack gap="md" p="md" aria-busy aria-label="Loading" role="status">
    {Array.from({ length: lines }, (_, line) => (
      <Skeleton key={line} height={height} radius="sm" />
    ))}
  </Stack>
)

export interface LoadedProps<D> {
  query: LiveQuery<D>
  loading?: ReactNode
  children: (data: D) => ReactNode
}

/** What was read; else that it is being read, or why not. A failed second reading leaves what is shown, and says so. */
export function Loaded<D>({ query: { data, error, refresh }, loading = <Lines />, children }: LoadedProps<D>) {
  if (data === undefined) return error ? <Failed message={describeError(error)} onRetry={refresh} /> : loading
  return (
    <>
      {error && <Stale error={error} onRetry={refresh} />}
      {children(data)}
    </>
  )
}

const Stale = ({ error, onRetry }: { error: CombinedError; onRetry: () => void }) => (
  <Alert variant="default" icon={<AlertIcon />} role="status" mb="md">
    <Group justify="space-between" gap="sm">
      <Text size="sm">What you see may be out of date. {describeError(error)}</Text>
      <Button size="xs" variant="default" onClick={onRetry}>
        Try again
      </Button>
    </Group>
  </Alert>
)
