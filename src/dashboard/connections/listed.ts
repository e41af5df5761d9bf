import type { SyncEvent } from '../api/follow.ts'

/** Connections as a list answers them. */
type Listed = { connections: { edges: readonly { node: { id: string } }[] } }

export const shows = ({ connections }: Listed, { connectionId }: SyncEvent) =>
  connections.edges.some(({ node }) => node.id === connectionId)

export const isOfConnection = ({ type }: SyncEvent) => type.startsWith('CONNECTION_')
