import type pg from 'pg'
import type { LastPolls } from './temporal/last-polls.ts'

/** What GET /readyz tells. */
export interface Readiness {
  /** Whether requests are worth sending here. Without Temporal they are: all is read, and what is asked for is kept until it is back. */
  ready: boolean
  postgresql: 'reachable' | 'away'
  temporal: 'reachable' | 'away'
}

const patienceMs = 2_000

export function createReadiness({ pool, lastPolls }: { pool: pg.Pool; lastPolls: () => Promise<LastPolls> }) {
  return async (): Promise<Readiness> => {
    const [postgresql, temporal] = await Promise.all([within(pool.query('SELECT 1')), within(lastPolls())])
    return { ready: postgresql === 'reachable', postgresql, temporal }
  }
}

async function within(answer: Promise<unknown>): Promise<'reachable' | 'away'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'away'>((resolve) => {
    timer = setTimeout(resolve, patienceMs, 'away')
  })
  const came = answer.then(
    () => 'reachable' as const,
    () => 'away' as const,
  )
  const found = await Promise.race([came, late])
  clearTimeout(timer)
  return found
}
