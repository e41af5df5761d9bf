import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { BackIcon } from './icons.tsx'
import { useTitle } from './use-title.ts'

export interface PageProps {
  title: string
  /** Beside the title. */
  mark?: ReactNode
  summary?: ReactNode
  actions?: ReactNode
  /** The page above. */
  back?: { to: string; label: string }
  children: ReactNode
}

export function Page({ title, mark, summary, actions, back, children }: PageProps) {
  useTitle(title)
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="md">
        <Stack gap={4} miw={0}>
          {back && (
            <Anchor component={Link} to={back.to} size="sm" w="fit-content">
              <Group gap={2} wrap="nowrap">
                <BackIcon size={16} />
                {back.label}
              </Group>
            </Anchor>
          )}
          <Group gap="md">
            <Title order={1}>{title}</Title>
            {mark}
          </Group>
          {summary !== undefined && (
            <Text c="dimmed" size="sm" component="div">
              {summary}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}
