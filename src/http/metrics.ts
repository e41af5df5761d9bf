import type { ServerResponse } from 'node:http'
import type pg from 'pg'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { tallyConnections, tallyRuns } from '../store/tallies.ts'

/** What Prometheus is told of one API process, and of what PostgreSQL holds. */
export interface Metrics {
  readonly contentType: string
  /** Counts and times a request when it has ended. `path`: one of ours, or "other": callers do not choose labels. */
  watch(response: ServerResponse, path: string): void
  /** Of the process, and of all environments; of the process alone while PostgreSQL does not answer. */
  renderAll(): Promise<string>
  /** Connections and runs of one environment, and nothing of the process, which serves the others too. */
  renderEnvironment(environmentId: string): Promise<string>
}

export interface MetricsOptions {
  /** Where the process itself is measured, if anywhere. */
  registry: Registry
  pool: pg.Pool
  sockets: () => number
  streams: () => number
}

export function createMetrics({ registry, pool, sockets, streams }: MetricsOptions): Metrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'syncline_http_requests_total',
    help: 'Requests answered, streams when they end.',
    labelNames: ['path', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'syncline_http_request_duration_seconds',
    help: 'Time to the end of an answer, without streams.',
    labelNames: ['path'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  gauge('syncline_websockets', 'Open WebSockets.', sockets)
  gauge('syncline_streams', 'Subscriptions that are followed, over WebSocket and SSE.', streams)
  gauge('syncline_database_connections', 'Connections to PostgreSQL of the pool for statements.', () => pool.totalCount)
  gauge('syncline_database_waiting', 'Statements that wait for a connection of that pool.', () => pool.waitingCount)

  function gauge(name: string, help: string, value: () => number) {
    const one: Gauge = new Gauge({ name, help, registers, collect: () => one.set(value()) })
  }

  return {
    contentType: registry.contentType,
    watch(response, path) {
      const end = seconds.startTimer({ path })
      response.once('close', () => {
        requests.inc({ path, status: response.statusCode })
        if (!String(response.getHeader('content-type')).startsWith('text/event-stream')) end()
      })
    },
    async renderAll() {
      const stored = await tallied(pool, null).catch(() => new Registry())
      return Registry.merge([registry, stored]).metrics()
    },
    renderEnvironment: async (environmentId) => (await tallied(pool, environmentId)).metrics(),
  }
}

/** `environmentId` null: of all. */
async function tallied(pool: pg.Pool, environmentId: string | null): Promise<Registry> {
  const [connections, runs] = await Promise.all([tallyConnections(pool, environmentId), tallyRuns(pool, environmentId)])
  const stored = new Registry()
  const tallies = [
    { name: 'syncline_connections', help: 'Connections by status.', rows: connections },
    { name: 'syncline_sync_runs', help: 'Sync runs that are open, or of the last 24 hours, by status.', rows: runs },
  ]
  for (const { name, help, rows } of tallies) {
    const tally = new Gauge({ name, help, labelNames: ['environment', 'status'], registers: [stored] })
    for (const { environment, status, count } of rows) tally.set({ environment, status }, count)
  }
  return stored
}
