import { Button, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export interface NotShownProps {
  /** Its level: 1 for a whole page. */
  heading: 1 | 2
  /** Why. */
  children: ReactNode
}

/** Stands in the place of a page, or of a part of one. */
export const NotShown = ({ heading, children }: NotShownProps) => (
  <Stack gap="xs" maw={460} role="alert">
    <Title order={heading}>This {heading === 1 ? 'page' : 'part'} could not be shown</Title>
    <Text c="dimmed">{children}</Text>
    <Button w="fit-content" variant={heading === 1 ? 'filled' : 'default'} onClick={() => location.reload()}>
      Load the page anew
    </Button>
  </Stack>
)
