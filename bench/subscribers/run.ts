import { issueToken } from '../../src/auth/token.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { insertApiKey } from '../../src/store/api-key.ts'
import { newId } from '../../src/store/ids.ts'
import { transaction } from '../../src/store/transaction.ts'
import { startProgram } from '../child.ts'
import { cpuMs, memoryMb } from '../process-figures.ts'
import { setStage } from '../stage.ts'
import type { Moment } from './bare.ts'
import type { Figures, Order, Subscriber } from './clients.ts'

/**
 * Subscribers of one API process while 20 full re-syncs go on, each a socket of its own: events delivered a second, and the time from an event's
 * commit to a subscriber. Beside it, while 20 more go on, the same events at the same times from a server that only sends. Usage:
 * node --import tsx bench/subscribers/run.ts [subscribers] [records of each connection]
 */
const subscribers = Number(process.argv[2] ?? 1_000)
const records = Number(process.argv[3] ?? 3_000)
const connections = 20
const streamsOfAKey = 100
const query = `subscription ($id: ID!, $after: BigInt) { connectionEvents(connectionId: $id, after: $after) {
  sequence type at syncRunId entity status counts { fetched created updated unchanged } estimatedTotal message } }`

const stage = await setStage(records, 10, ['track_commit_timestamp=on'])
const { db, connect, succeeded, operations, owner, sourceUrl, worker } = stage
const clients = await startProgram('./subscribers/clients.ts', [])
const api = await startProgram('../src/api.ts', [], stage.apiSettings, process.env['BENCH_API_FLAGS']?.split(' ') ?? [])
const bare = await startProgram('./subscribers/bare.ts', [])
const keys: string[] = []
try {
  const made = await Promise.all(
    Array.from({ length: connections }, async (_, i) => {
      const { connectionId, syncRunId } = await connect(`plant ${i}`, ['PURCHASE_ORDER'], {})
      await succeeded(syncRunId)
      return connectionId
    }),
  )
  // from here on slowly, so that each of the 20 runs lasts
  await db.pool.query(`UPDATE connection SET config = '{ "pageSize": 20, "maxInFlight": 1 }'`)
  await fetch(`${sourceUrl}/control/switches`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ latencyMs: 100 }),
  })
  for (let i = 0; i < Math.ceil(subscribers / streamsOfAKey); i++) keys.push(await addKey(i))

  const before = memoryMb(api.pid).now
  await open(`${String(api.message['url']).replace('http', 'ws')}/graphql`)
  const opened = memoryMb(api.pid).now
  const started = cpuMs(api.pid)
  const workerStarted = cpuMs(worker.pid)
  const since = Date.now()
  await runAll(made)
  const seconds = (Date.now() - since) / 1_000
  const events = await eventsSince(since)
  const product = await measured(new Map(events.map(({ event, committedAt }) => [event, committedAt])))
  say('product', product, cpuMs(api.pid) - started)
  console.log(
    `  ${events.length} events in ${seconds.toFixed(0)} s; API ${percent(cpuMs(api.pid) - started, seconds)} of a core, ` +
      `worker ${percent(cpuMs(worker.pid) - workerStarted, seconds)}; API memory ${before} MB without subscribers, ` +
      `${opened} MB with them (${(((opened - before) * 1_024) / subscribers).toFixed(0)} KB each), ` +
      `${memoryMb(api.pid).now} MB at the end, at most ${memoryMb(api.pid).peak} MB`,
  )
  await order({ type: 'close' }, 'closed')

  await open(String(bare.message['url']))
  const first = events[0]?.committedAt ?? 0
  const from = await newestSequences()
  const timeline = events.map(({ id, committedAt, payload }, i): Moment => {
    const sequence = String((from.get(id) ?? 0) + events.slice(0, i + 1).filter((one) => one.id === id).length)
    const message = { id: '1', type: 'next', payload: { data: { connectionEvents: { ...payload, sequence } } } }
    return { ms: committedAt - first, id, event: `${id} ${sequence}`, message: JSON.stringify(message) }
  })
  const bareStarted = cpuMs(bare.pid)
  const [{ sentAt }] = await Promise.all([played(timeline), runAll(made)])
  const limit = await measured(new Map(Object.entries(sentAt)))
  say('bare', limit, cpuMs(bare.pid) - bareStarted)
  console.log(`p99 of the product against the bare server: × ${(product.p99 / limit.p99).toFixed(1)}`)
} finally {
  await Promise.all([clients.stop(), api.stop(), bare.stop()])
  await stage.stop()
}

/** All connections read everything again. */
async function runAll(connectionIds: string[]) {
  await Promise.all(
    connectionIds.map(async (connectionId) => {
      const { syncRunId } = await operations.startSync(owner, { connectionId, mode: 'FULL_RESYNC' })
      await succeeded(syncRunId)
    }),
  )
}

async function newestSequences(): Promise<Map<string, number>> {
  const { rows } = await db.pool.query<{ id: string; last: string }>(
    'SELECT connection_id AS id, event_seq AS last FROM connection_gate',
  )
  return new Map(rows.map(({ id, last }) => [nodeId('Connection', id), Number(last)]))
}

/** Each is open when it has its first event: the newest that is stored. */
async function open(url: string) {
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
}

async function order(given: Order, answer: 'opened' | 'measured' | 'closed') {
  return (await clients.ask(given, answer)) as { figures: Figures }
}

/** The figures of what was sent at these moments, once every subscriber has all of it. */
async function measured(sentAt: Map<string, number>): Promise<Figures> {
  const last: Record<string, string> = {}
  for (const event of sentAt.keys()) {
    const [id = '', sequence = ''] = event.split(' ')
    if (Number(sequence) > Number(last[id] ?? 0)) last[id] = sequence
  }
  const { figures } = await order({ type: 'measure', sentAt: Object.fromEntries(sentAt), last }, 'measured')
  return figures
}

async function played(timeline: Moment[]) {
  return (await bare.ask(timeline, 'played')) as { sentAt: Record<string, number> }
}

async function eventsSince(since: number) {
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
}

async function addKey(i: number): Promise<string> {
  const { token, ...stored } = issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' })
  await transaction(db.pool, (client) =>
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

function say(name: string, { delivered, faults, p50, p99, longest, perSecond }: Figures, cpu: number) {
  console.log(
    `${name}: ${subscribers} subscribers, ${delivered} events delivered, ${perSecond.toFixed(0)} a second; ` +
      `from commit to client p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${longest.toFixed(1)} ms; ` +
      `${((cpu * 1_000) / delivered).toFixed(0)} µs of CPU for each; ${faults} faults`,
  )
}

function percent(cpu: number, seconds: number): string {
  return `${((cpu / seconds / 1_000) * 100).toFixed(0)} %`
}
