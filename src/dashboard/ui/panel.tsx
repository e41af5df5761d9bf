import { Group, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

export interface PanelProps {
  title?: string
  actions?: ReactNode
  /** The content goes to the edges, as a table's does. */
  flush?: boolean
  children: ReactNode
}

export function Panel({ title, actions, flush = false, children }: PanelProps) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <Group justify="space-between" px="md" py="sm" mih={52}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      )}
      <div style={flush ? undefined : { padding: title === undefined ? 16 : '0 16px 16px' }}>{children}</div>
    </section>
  )
}
