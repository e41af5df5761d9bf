import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectionNode, ownerKey, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addConnection, addEvents, addRun, endRun } from '../graphql/rows.ts'
import { runQuery } from '../events/subscriber.ts'

/** Clients that were not written here, as their own documentation sets them up. */
let api: TestApi
const open: (() => unknown)[] = []

beforeAll(async () => {
  api = await startTestApi()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stop) => stop()))
})
afterAll(() => api.stop())

const authorization = `Bearer ${ownerKey}`

interface Told {
  data?: { syncProgress: { sequence: string; type: string } } | null
}

/** A run's stream from its start, of which half is replay; while it is taken the run goes on and ends. */
async function sequencesOf(streamOf: (variables: { id: string; after: string }) => AsyncIterable<Told>) {
  const { id } = await addConnection(api.db)
  const run = await addRun(api.db, id) // event 2
  await addEvents(api.db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  const sequences: number[] = []
  for await (const { data } of streamOf({ id: runNode(run), after: '0' })) {
    sequences.push(Number(data?.syncProgress.sequence))
    if (sequences.length === 2) {
      await addEvents(api.db, id, [{ type: 'ENTITY_PROGRESS', syncRunId: run, entity: 'PART' }])
      await endRun(api.db, id, run)
    }
  }
  return sequences
}

test('graphql-sse replays, goes on live, and completes with the run', async () => {
  const client = createSseClient({ url: api.url, headers: { authorization } })
  open.push(() => client.dispose())
  const sequences = await sequencesOf(
    (variables) => client.iterate({ query: runQuery, variables }) as AsyncIterable<Told>,
  )
  expect(sequences).toEqual([2, 3, 4, 5])
})

test('graphql-sse is told what it may not have', async () => {
  const client = createSseClient({ url: api.url, headers: { authorization: 'Bearer wrong' }, retryAttempts: 0 })
  open.push(() => client.dispose())
  const taken = client.iterate({ query: runQuery, variables: { id: 'x' } }).next()
  await expect(taken).rejects.toThrow(/401/)
})

function urql() {
  const sockets = createWsClient({
    url: api.webSocketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  })
  open.push(() => sockets.dispose())
  return new Client({
    url: api.url,
    fetchOptions: { headers: { authorization } },
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            // the two libraries type what is absent differently
            unsubscribe: sockets.subscribe(
              { query, variables: variables ?? {} },
              sink as Parameters<typeof sockets.subscribe>[1],
            ),
          }),
        }),
      }),
    ],
  })
}

test('urql, with graphql-ws as its documentation has it, does the same', async () => {
  const client = urql()
  const sequences = await sequencesOf(async function* (variables) {
    const told: Told[] = []
    let ended = false
    let wake = () => {}
    const { unsubscribe } = client.subscription(gql(runQuery), variables).subscribe(({ data, error, hasNext }) => {
      // of the end of a stream urql tells by its last result once more
      if (hasNext && !error) told.push({ data })
      else ended = true
      wake()
    })
    while (!ended || told.length > 0) {
      const next = told.shift()
      if (next) yield next
      else await new Promise<void>((resolve) => (wake = resolve))
    }
    unsubscribe()
  })
  expect(sequences).toEqual([2, 3, 4, 5])
})

test('urql queries and mutates; what it may not do comes as its errors with their codes', async () => {
  const client = urql()
  const { id } = await addConnection(api.db)
  const found = await client.query(gql('query ($id: ID!) { connection(id: $id) { name } }'), { id: connectionNode(id) })
  expect(found.data).toEqual({ connection: { name: 'Plant' } })
  const paused = await client.mutation(
    gql(
      'mutation ($input: PauseConnectionInput!) { pauseConnection(input: $input) { ... on PauseConnectionPayload { connection { status } } } }',
    ),
    { input: { connectionId: connectionNode(id) } },
  )
  expect(paused.data).toEqual({ pauseConnection: { connection: { status: 'PAUSED' } } })
  const refused = await client.query(
    gql('query ($id: ID!) { connection(id: $id) { parts(first: 500) { totalCount } } }'),
    {
      id: connectionNode(id),
    },
  )
  expect(refused.error?.graphQLErrors.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT'])
})
