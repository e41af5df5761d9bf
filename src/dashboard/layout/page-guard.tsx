import { Button, Stack, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'

/** A fault in one page, or a part of it that is no longer on the server after an upgrade, leaves the rest usable. */
export class PageGuard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <Stack gap="xs" maw={460} role="alert">
        <Title order={1}>This page could not be shown</Title>
        <Text c="dimmed">Syncline does not answer, or was upgraded since you opened the dashboard. Load it anew.</Text>
        <Button w="fit-content" onClick={() => location.reload()}>
          Load it anew
        </Button>
      </Stack>
    )
  }
}
