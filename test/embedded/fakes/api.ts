import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, graphql } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { announceReady, whenParentEnds } from '../../../src/embedded/parent.ts'

const schema = buildSchema(`
  type Query { connections(filter: Filter, first: Int): Connections!  environment: [String!]! }
  input Filter { system: String }
  type Connections { edges: [Edge!]! }
  type Edge { node: Connection! }
  type Connection { syncRuns(first: Int): Runs! }
  type Runs { edges: [RunEdge!]! }
  type RunEdge { node: Run! }
  type Run { id: ID!  status: String! }
  type Mutation { createConnection(input: CreateConnectionInput!): Result! }
  input CreateConnectionInput { system: String!  name: String!  config: Nothing!  credentials: Nothing! }
  scalar Nothing
  interface Error { message: String! }
  type Refused implements Error { message: String! }
  type CreateConnectionPayload { syncRun: Run! }
  union Result = CreateConnectionPayload | Refused
  type Subscription { syncProgress(syncRunId: ID!): Event! }
  type Event { type: String!  entity: String  status: String  counts: Counts  estimatedTotal: Int  message: String }
  type Counts { fetched: Int! }
`)

const made = process.env['HOME'] + '/fake-connection'
const run = { id: 'run-1', status: 'SUCCEEDED' }
const event = (type: string, entity: string | null, status: string, fetched: number) => ({
  type,
  entity,
  status,
  counts: { fetched },
  estimatedTotal: 1_200,
  message: null,
})

async function* events() {
  yield { syncProgress: event('ENTITY_STARTED', 'PART', 'RUNNING', 0) }
  yield { syncProgress: event('ENTITY_PROGRESS', 'PART', 'RUNNING', 700) }
  yield { syncProgress: event('ENTITY_FINISHED', 'PART', 'SUCCEEDED', 1_200) }
  yield { syncProgress: event('RUN_FINISHED', null, 'SUCCEEDED', 1_200) }
}

const root = {
  connections: () => ({ edges: existsSync(made) ? [{ node: { syncRuns: { edges: [{ node: run }] } } }] : [] }),
  environment: () => Object.keys(process.env).sort(),
  createConnection: () => {
    writeFileSync(made, '')
    return { __typename: 'CreateConnectionPayload', syncRun: run }
  },
  syncProgress: () => events(),
}

const key = `Bearer ${process.env['SYNCLINE_OWNER_KEY']}`
const server = createServer(async (request, response) => {
  if (request.headers.authorization !== key)
    return response.writeHead(401).end('{"errors":[{"message":"Not the owner."}]}')
  const body = JSON.parse((await request.toArray()).join('')) as { query: string; variables?: Record<string, unknown> } // GraphQL over HTTP
  const answer = await graphql({ schema, rootValue: root, source: body.query, variableValues: body.variables ?? null })
  response.end(JSON.stringify(answer))
})
useServer(
  {
    schema,
    roots: { subscription: root },
    onConnect: ({ connectionParams }) => connectionParams?.['authorization'] === key,
  },
  new WebSocketServer({ server, path: '/graphql' }),
)

const stop = () => process.exit(0)
process.once('SIGTERM', stop)
whenParentEnds(stop)
server.listen(Number(process.env['PORT']), process.env['HOST'], () =>
  announceReady(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
) // it listens on TCP
