import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { AuditPartyKind, PartyFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'

const words: Record<AuditPartyKind, (name: string) => string> = {
  API_KEY: (name) => `Key ${name}`,
  CONNECTION: (name) => name,
  CONNECTION_TOKEN: (name) => `Token of ${name}`,
  SYNC_RUN: (name) => `Sync of ${name}`,
}

const pages: Record<AuditPartyKind, string | null> = {
  API_KEY: null,
  CONNECTION: 'connections',
  CONNECTION_TOKEN: 'connections',
  SYNC_RUN: 'runs',
}

export interface PartyNameProps {
  party: PartyFragment | null
  /** What the log says where nothing of this environment has that id. */
  otherwise: string | null
}

export function PartyName({ party, otherwise }: PartyNameProps) {
  const { at } = useHere()
  if (!party)
    return (
      <Text size="sm" truncate title={otherwise ?? undefined}>
        {otherwise ?? '–'}
      </Text>
    )
  const { kind, id, name } = party
  const page = pages[kind]
  const text = words[kind](name)
  return page === null ? (
    <Text size="sm" truncate title={otherwise ?? undefined}>
      {text}
    </Text>
  ) : (
    <Anchor component={Link} to={at(`${page}/${encodeURIComponent(id)}`)} size="sm">
      {text}
    </Anchor>
  )
}
