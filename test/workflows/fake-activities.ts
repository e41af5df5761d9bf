import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type {
  Activities,
  EntityToRun,
  Failure,
  Outcome,
  Promoted,
  PullInput,
  PullResult,
} from '../../src/activities/activities.ts'
import type { EntityType } from '../../src/model/entity-type.ts'

export interface Fakes extends Activities {
  /** What each run holds; beginRun answers those that have not ended. */
  runs: Map<string, EntityToRun[]>
  /** What reading an entity run does; absent: it succeeds at once. */
  reading: Map<string, (input: PullInput) => Promise<PullResult>>
  /** What an entity run's end promotes. */
  promotes: Map<string, Promoted>
  pulls: PullInput[]
  begun: string[]
  ended: Map<string, Outcome>
  finished: string[]
  cleaned: string[]
  /** What each call of deleting a connection's data answers; empty: it is done. */
  deleting: boolean[]
  /** The connections of these calls. */
  deleted: string[]
  /** Called when a run begins, before it is answered. */
  beforeBegin: (syncRunId: string) => Promise<void>
  /** Called where a run waits for the reader before its own to close. */
  readerClosed: (input: { connectionId: string; entity: string }) => Promise<void>
}

/** Activities that keep in memory what the real ones keep in the database. */
export function fakeActivities(): Fakes {
  const fakes: Fakes = {
    runs: new Map(),
    reading: new Map(),
    promotes: new Map(),
    pulls: [],
    begun: [],
    ended: new Map(),
    finished: [],
    cleaned: [],
    deleting: [],
    deleted: [],
    beforeBegin: async () => {},
    readerClosed: async () => {},
    async beginRun({ syncRunId }) {
      await fakes.beforeBegin(syncRunId)
      const all = fakes.runs.get(syncRunId) ?? []
      fakes.begun.push(syncRunId)
      const entities = all.filter(({ entityRunId }) => !fakes.ended.has(entityRunId))
      return { entities, ...(all[0] && { mode: all[0].mode }) }
    },
    async pullEntity(input) {
      fakes.pulls.push(input)
      return (fakes.reading.get(input.entityRunId) ?? succeedAtOnce)(input)
    },
    async finishEntity({ entityRunId, outcome }) {
      if (!fakes.ended.has(entityRunId)) fakes.ended.set(entityRunId, outcome)
      const promoted = fakes.promotes.get(entityRunId) ?? null
      for (const run of fakes.runs.get(promoted?.syncRunId ?? '') ?? [])
        if (run.entityRunId === promoted?.entityRunId) run.waiting = false
      return { promoted }
    },
    async awaitReader(input) {
      await fakes.readerClosed(input)
    },
    async triggerSync() {
      return { syncRunId: null, skipped: [] }
    },
    async finishRun({ syncRunId }) {
      fakes.finished.push(syncRunId)
      const statuses = (fakes.runs.get(syncRunId) ?? []).map(
        ({ entityRunId }) => fakes.ended.get(entityRunId)?.status ?? 'OPEN',
      )
      return { status: statuses.join(' ') }
    },
    async cleanUpConnection({ connectionId }) {
      fakes.cleaned.push(connectionId)
    },
    async deleteConnectionData({ connectionId }) {
      fakes.deleted.push(connectionId)
      return { done: fakes.deleting.shift() ?? true }
    },
  }
  return fakes
}

export const succeedAtOnce = async (): Promise<PullResult> => ({ done: true, fence: 1, watermark: 'w' })

/** Reads until it is canceled, as the real one does: it hears of that by its heartbeats. */
export async function readForEver(): Promise<PullResult> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 50)
  try {
    return await context.cancelled
  } finally {
    clearInterval(beat)
  }
}

/** Reads until the test lets it end. */
export function readUntilTold() {
  let tell = () => {}
  const told = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { tell, read: () => Promise.race([readForEver(), told.then(succeedAtOnce)]) }
}

export const failWith = (failure: Failure) => async (): Promise<PullResult> => {
  throw ApplicationFailure.create({
    type: failure.code,
    message: failure.message,
    nonRetryable: true,
    details: [failure],
  })
}

export const entityToRun = (entity: EntityType, rest: Partial<EntityToRun> = {}): EntityToRun => ({
  entityRunId: `${entity} ${Math.random()}`,
  entity,
  mode: 'INITIAL',
  waiting: false,
  due: null,
  ...rest,
})
