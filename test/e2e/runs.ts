import type { Caller } from './graphql-client.ts'
import { follow, type SyncEvent } from './progress.ts'

const counts = 'fetched created updated unchanged deleted rejected heldDeletes'
const runFields = `id mode trigger status workflowId workflowUrl requestedBy startedAt finishedAt lastSequence totals { ${counts} }
  entities { entity mode status attempt windowStart windowEnd estimatedTotal sourceRequests sourceBytes counts { ${counts} }
    error { category code message retryable } }`

export interface EntityRun {
  entity: string
  mode: string
  status: string
  windowStart: string | null
  counts: Record<string, number>
}

export async function runOf(caller: Caller, syncRunId: string) {
  const { syncRun } = await caller.data(`query ($id: ID!) { syncRun(id: $id) { ${runFields} } }`, { id: syncRunId })
  return { ...syncRun, of: (entity: string) => syncRun.entities.find((run: EntityRun) => run.entity === entity) }
}

/** Waits for the run's end, as a client does, and answers the run. */
export async function finished(caller: Caller, syncRunId: string) {
  const progress = follow(caller, 'syncProgress', syncRunId)
  try {
    if (!(await progress.completed)) throw new Error(JSON.stringify(progress.errors))
  } finally {
    await progress.stop()
  }
  return runOf(caller, syncRunId)
}

/** The run that a startSync has started, or attached to. */
export async function startSync(caller: Caller, input: { connectionId: string; entities?: string[]; mode?: string }) {
  const result = await caller.mutate(
    'startSync',
    input,
    '{ syncRun { id mode status } alreadyRunning attachedRuns { id } }',
  )
  if (result.__typename !== 'StartSyncPayload') throw new Error(`${result.__typename}: ${result.message}`)
  return result as {
    syncRun: { id: string; mode: string; status: string }
    alreadyRunning: string[]
    attachedRuns: { id: string }[]
  }
}

/** All events of a run as stored. */
export async function storedEvents(caller: Caller, syncRunId: string): Promise<SyncEvent[]> {
  const query = `query ($id: ID!, $after: BigInt) { syncRun(id: $id) { events(after: $after, first: 200) {
    sequence type syncRunId entity status counts { fetched created updated unchanged deleted rejected } } } }`
  const events: SyncEvent[] = []
  for (;;) {
    const page = (await caller.data(query, { id: syncRunId, after: events.at(-1)?.sequence ?? '0' })).syncRun.events
    if (page.length === 0) return events
    events.push(...page)
  }
}
