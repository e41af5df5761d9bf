import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { createContext, type ReactNode, useContext } from 'react'
import { useSearchParams } from 'react-router'
import { describeError } from '../api/describe-error.ts'
import type { LiveQuery } from '../api/use-live-query.ts'
import { AlertIcon } from './icons.tsx'
import classes from './states.module.css'
import { TryAgain } from './try-again.tsx'

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
      {onRetry && <TryAgain onClick={onRetry} />}
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

/** What was read; else that it is being read, or why not. A failed second reading leaves what is shown: a notice says so. */
export function Loaded<D>({ query, loading = <Lines />, children }: LoadedProps<D>) {
  const { data, error, outdated, refresh } = query
  if (data === undefined) return error ? <Unread message={describeError(error)} onRetry={refresh} /> : loading
  return (
    <div aria-busy={outdated} className={outdated ? (classes['outdated'] ?? '') : ''}>
      <OutdatedContext value={outdated}>{children(data)}</OutdatedContext>
    </div>
  )
}

/** A cursor in the address may be of another list, or of another order. */
function Unread(props: FailedProps) {
  const [parameters, setParameters] = useSearchParams()
  const first = new URLSearchParams(parameters)
  first.delete('after')
  first.delete('before')
  return (
    <Stack gap="sm">
      <Failed {...props} />
      {first.size < parameters.size && (
        <Button variant="default" w="fit-content" onClick={() => setParameters(first)}>
          To the first page
        </Button>
      )}
    </Stack>
  )
}

const OutdatedContext = createContext(false)

/** Whether what is shown is being replaced by what was asked for since. */
export const useOutdated = () => useContext(OutdatedContext)
