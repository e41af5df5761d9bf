import pg from 'pg'
import type { LastPolls } from '../temporal/last-polls.ts'

/** What GET /readyz tells. */
export interface Readiness {
  /** Whether all is there that this process needs. Without Temporal it goes on reading, and keeps what it is asked for. */
  ready: boolean
  postgresql: 'reachable' | 'away'
  temporal: 'reachable' | 'away'
}

const patienceMs = 2_000
/** However many ask, and however often: each part is asked once in this time. */
const freshMs = 1_000

export interface ReadinessOptions {
  databaseUrl: string
  /** Answers in bounded time. */
  lastPolls: () => Promise<LastPolls>
}

/** Asks on a connection of its own: one that waits for its turn among the requests would say that PostgreSQL is away while it is busy. */
export function createReadiness({ databaseUrl, lastPolls }: ReadinessOptions) {
  const own = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    application_name: 'syncline-readiness',
    connectionTimeoutMillis: patienceMs,
    // the server ends what is not waited for any more; the other is for one that does not answer at all
    statement_timeout: patienceMs,
    query_timeout: patienceMs,
  })
  own.on('error', () => {}) // the next question opens another
  let found: { until: number; answer: Promise<Readiness> } | undefined

  async function ask(): Promise<Readiness> {
    const [postgresql, temporal] = await Promise.all([standing(own.query('SELECT 1')), standing(lastPolls())])
    return { ready: postgresql === 'reachable' && temporal === 'reachable', postgresql, temporal }
  }

  return {
    look(): Promise<Readiness> {
      if (found && performance.now() < found.until) return found.answer
      const next = { until: Number.POSITIVE_INFINITY, answer: ask() }
      void next.answer.then(() => {
        next.until = performance.now() + freshMs
      })
      found = next
      return next.answer
    },
    close: () => own.end(),
  }
}

const standing = (answer: Promise<unknown>): Promise<'reachable' | 'away'> =>
  answer.then(
    () => 'reachable',
    () => 'away',
  )
