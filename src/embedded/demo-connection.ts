import { z } from 'zod'
import type { ApiClient } from './graphql-client.ts'

const existing = z.object({
  connections: z.object({
    edges: z.array(
      z.object({
        node: z.object({
          syncRuns: z.object({ edges: z.array(z.object({ node: z.object({ id: z.string(), status: z.string() }) })) }),
        }),
      }),
    ),
  }),
})

const created = z.object({
  createConnection: z.union([z.object({ syncRun: z.object({ id: z.string() }) }), z.object({ message: z.string() })]),
})

const findQuery = `query DemoConnection {
  connections(filter: { system: "demo" }, first: 1) { edges { node { syncRuns(first: 5) { edges { node { id status } } } } } }
}`

const createQuery = `mutation CreateDemoConnection($input: CreateConnectionInput!) {
  createConnection(input: $input) {
    ... on CreateConnectionPayload { syncRun { id } }
    ... on Error { message }
  }
}`

const unfinished = new Set(['QUEUED', 'RUNNING', 'CANCELING'])

export interface DemoConnection {
  isNew: boolean
  /** The sync that is under way, if one is. */
  syncRunId: string | undefined
}

/** Connects the demo source, unless a connection of its kind exists, in whatever state. */
export async function ensureDemoConnection(api: ApiClient): Promise<DemoConnection> {
  const { connections } = await api.ask(findQuery, {}, existing)
  const found = connections.edges[0]?.node
  if (found)
    return { isNew: false, syncRunId: found.syncRuns.edges.find(({ node }) => unfinished.has(node.status))?.node.id }
  const input = { system: 'demo', name: 'Demo ERP', config: {}, credentials: {} }
  const { createConnection: result } = await api.ask(createQuery, { input }, created)
  if ('message' in result) throw new Error(result.message)
  return { isNew: true, syncRunId: result.syncRun.id }
}
