import { setTimeout as pause } from 'node:timers/promises'
import { issueToken } from '../../src/auth/token.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { insertApiKey } from '../../src/store/api-key.ts'
import { newId } from '../../src/store/ids.ts'
import { transaction } from '../../src/store/transaction.ts'
import { startProgram } from '../child.ts'
import { setStage } from '../stage.ts'
import type { Figures, Order, Subscriber } from './clients.ts'

const connections = 20
const records = 600
/** Of the 100 that one may hold: who comes back may be there before its former place is free. */
const streamsOfAKey = 90
/** With the source's latency: a run lasts about 20 s, and has an event a second. */
const pageSize = 10
const latencyMs = 300
const query = `subscription ($id: ID!, $after: BigInt) { connectionEvents(connectionId: $id, after: $after) {
  sequence type at syncRunId entity status counts { fetched created updated unchanged } estimatedTotal message } }`

export interface CommittedEvent {
  /** Node id of its connection. */
  id: string
  /** Node id and sequence. */
  event: string
  committedAt: number
  payload: object
}

/** 20 connections that are synced, an API process, and a process that holds its subscribers. */
export async function setScene(subscribers: number) {
  const stage = await setStage(records, 10, ['track_commit_timestamp=on'])
  const { db, operations, owner } = stage
  const clients = await startProgram('./subscribers/clients.ts', [])
  const apiFlags = process.env['BENCH_API_FLAGS']?.split(' ') ?? []
  const api = await startProgram('../src/api.ts', [], stage.apiSettings, apiFlags)
  const made = await Promise.all(
    Array.from({ length: connections }, async (_, i) => {
      const { connectionId, syncRunId } = await stage.connect(`plant ${i}`, ['PURCHASE_ORDER'], {})
      await stage.succeeded(syncRunId)
      return connectionId
    }),
  )
  // from here on slowly: what is measured are deliveries, and a machine without a free core measures its own queue
  const config = JSON.stringify({ pageSize, maxInFlight: 1 })
  await db.pool.query('UPDATE connection SET config = $1', [config])
  await fetch(`${stage.sourceUrl}/control/switches`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ latencyMs }),
  })
  const keys = await Promise.all(Array.from({ length: Math.ceil(subscribers / streamsOfAKey) }, (_, i) => addKey(i)))

  async function addKey(i: number): Promise<string> {
    const { token, ...stored } = issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' })
    await transaction(db, (client) =>
      insertApiKey(client, {
        id: newId(),
        environmentId: owner.environmentId,
        name: `bench ${i}`,
        secret: { id: newId(), ...stored },
        scopes: ['SYNCS_READ'],
        createdBy: owner.id,
        expiresAt: null,
      }),
    )
    return token
  }

  async function newestSequences(): Promise<Map<string, number>> {
    const { rows } = await db.pool.query<{ id: string; last: string }>(
      'SELECT connection_id AS id, event_seq AS last FROM connection_gate',
    )
    return new Map(rows.map(({ id, last }) => [nodeId('Connection', id), Number(last)]))
  }

  async function order(given: Order, answer: string) {
    return (await clients.ask(given, answer)) as { figures: Figures }
  }

  return {
    stage,
    api,
    apiUrl: `${String(api.message['url']).replace('http', 'ws')}/graphql`,
    clients,
    newestSequences,

    /** Each is open when it has its first event: the newest that is stored. */
    async open(url: string) {
      const last = [...(await newestSequences())]
      const all = Array.from({ length: subscribers }, (_, i): Subscriber => {
        const [id, sequence] = last[i % last.length] ?? ['', 0]
        return {
          token: keys[Math.floor(i / streamsOfAKey)] ?? '',
          query,
          variables: { id, after: String(sequence - 1) },
        }
      })
      await order({ type: 'open', url, subscribers: all }, 'opened')
    },

    leave: () => order({ type: 'close' }, 'closed'),
    /** So many sockets a second are closed, and opened again from where they were. */
    churn: (perSecond: number) => order({ type: 'churn', perSecond }, 'churning'),

    /** Every connection reads everything again and again, each in its own time, until it is asked for no more. */
    async runOn(seconds: number) {
      const end = Date.now() + seconds * 1_000
      await Promise.all(
        made.map(async (connectionId, i) => {
          await pause(i * 500)
          while (Date.now() < end) {
            const { syncRunId } = await operations.startSync(owner, { connectionId, mode: 'FULL_RESYNC' })
            await stage.succeeded(syncRunId)
          }
        }),
      )
    },

    /** The figures of what was sent at these moments, once every subscriber has all that is stored. */
    async measured(sentAt: Map<string, number>, last: Map<string, number>): Promise<Figures> {
      const asked = { type: 'measure', sentAt: Object.fromEntries(sentAt), last: Object.fromEntries(last) } as const
      return (await order(asked, 'measured')).figures
    },

    async eventsSince(since: number): Promise<CommittedEvent[]> {
      const { rows } = await db.pool.query<{ id: string; sequence: string; committed: number; payload: object }>(
        `SELECT connection_id AS id, sequence, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 AS committed,
                json_build_object('type', type, 'at', at, 'syncRunId', sync_run_id, 'entity', entity, 'status', status, 'counts', counts,
                                  'estimatedTotal', estimated_total, 'message', message) AS payload
         FROM event WHERE at >= to_timestamp($1 / 1000.0) ORDER BY 3, sequence`,
        [since],
      )
      return rows.map(({ id, sequence, committed, payload }) => {
        const node = nodeId('Connection', id)
        return { id: node, event: `${node} ${sequence}`, committedAt: Number(committed), payload }
      })
    },

    async stop() {
      await Promise.all([clients.stop(), api.stop()])
      await stage.stop()
    },
  }
}
