import assert from 'node:assert/strict'
import { createDemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { isUnavailable } from '../../src/store/unavailable.ts'
import { callerOf } from '../e2e/graphql-client.ts'
import { eventually } from '../eventually.ts'
import { checkStored } from './check-stored.ts'
import { drawsFrom, shuffled } from './draws.ts'
import { ownerKey, startParts, type Victim, victims } from './parts.ts'

export interface ChaosOptions {
  seed: number
  records: number
  temporalCli: string
  /** Asked before each further round: a re-sync or an incremental run with kills in it. The first two are always played. */
  goesOn(rounds: number): boolean
  say(line: string): void
}

interface Kill {
  victim: Victim
  /** After so many answers of the source in this run. */
  answers: number
}

const entities = ['PART', 'WORK_ORDER', 'PURCHASE_ORDER'] as const
const pageSize = 250
const runDeadlineMs = 180_000

/**
 * An initial sync and then re-syncs of a changing source, in the middle of which processes are killed with kill -9 and started again. After each run
 * the store is the source, each record once, with a whole change feed, gapless events and true counts, and nothing is "already running".
 */
export async function runChaos({ seed, records, temporalCli, goesOn, say }: ChaosOptions): Promise<void> {
  const draw = drawsFrom(seed)
  let answered = 0
  const waiting: { at: number; go: () => void }[] = []
  const demo = await createDemoSource({
    seed,
    anchor: new Date(Date.now() - 60_000),
    counts: { VENDOR: 0, ASSET: 0, PART: records / 6, WORK_ORDER: records / 3, PURCHASE_ORDER: records / 2 },
    control: false,
    switches: { latencyMs: 40 },
    // asked for the Date of every answer
    now() {
      answered += 1
      for (const one of waiting.filter(({ at }) => at <= answered)) one.go()
      return new Date()
    },
  })
  const answers = (more: number) => new Promise<void>((go) => waiting.push({ at: answered + more, go }))
  const parts = await startParts({ temporalCli, demoUrl: demo.url }).catch(async (error: unknown) => {
    await demo.close()
    throw error
  })
  const db = openDatabase({ url: parts.databaseUrl, applicationName: 'chaos', max: 4, onError: () => {} })
  const owner = callerOf(parts.apiUrl, ownerKey)

  /** The run's end, with the kills on the way. */
  async function through(label: string, syncRunId: string, kills: readonly Kill[]) {
    const started = performance.now()
    const ended = endOf(db, syncRunId)
    // each at its moment, also while another is still starting again
    const before = answered
    const killed = kills.map(async ({ victim, answers: more }) => {
      await Promise.race([answers(more), ended])
      say(`${label}: kill -9 of ${victim} after ${answered - before} answers`)
      await parts.killAndRestart(victim)
    })
    const [status] = await Promise.all([ended, ...killed])
    assert.equal(status, 'SUCCEEDED', `${label} ended as ${status}`)
    say(`${label}: ${status} after ${((performance.now() - started) / 1_000).toFixed(1)} s`)
  }

  try {
    const queue = shuffled(draw, victims)
    const killsOf = (n: number): Kill[] =>
      Array.from({ length: n }, () => {
        if (queue.length === 0) queue.push(...shuffled(draw, victims))
        return { victim: queue.pop() ?? 'worker', answers: 5 + draw(Math.ceil((records / pageSize) * 0.9)) }
      })
    const made = await owner.mutate(
      'createConnection',
      { system: 'demo', name: 'Chaos', config: { pageSize }, credentials: {}, entities, historyDays: 3650 },
      '{ connection { id } syncRun { id } }',
    )
    assert.equal(made.__typename, 'CreateConnectionPayload', JSON.stringify(made))
    const connectionId = idWithin(made.connection.id)
    await through('initial sync', idWithin(made.syncRun.id), killsOf(2))
    await checkStored(db, connectionId, demo, entities, draw)

    for (let round = 1; round === 1 || goesOn(round); round++) {
      for (const entity of entities) {
        const keys = [...demo.all(entity)].map(({ key }) => key)
        demo.touch(entity, Math.ceil(keys.length / 20))
        demo.remove(entity, shuffled(draw, keys).slice(0, Math.ceil(keys.length / 50)))
        demo.insert(entity, Math.ceil(keys.length / 50))
      }
      // whatever ran before has ended: nothing is attached to
      const mode = 'FULL_RESYNC'
      const { syncRun, alreadyRunning } = await startSync(owner, { connectionId: made.connection.id, mode })
      assert.deepEqual(alreadyRunning, [], 'nothing runs, and something is already running')
      await through(`re-sync ${round}`, idWithin(syncRun.id), killsOf(2))
      await checkStored(db, connectionId, demo, entities, draw)
    }
    const last = await startSync(owner, { connectionId: made.connection.id, mode: 'INCREMENTAL' })
    assert.deepEqual(last.alreadyRunning, [])
    await through('last incremental run', idWithin(last.syncRun.id), [])
    await checkStored(db, connectionId, demo, entities, draw)
  } catch (error) {
    say(parts.logs())
    throw error
  } finally {
    await db.close().catch(() => {})
    await parts.stop()
    await demo.close()
  }
}

/** The run's status once it has ended; PostgreSQL may be away meanwhile. */
function endOf(db: Database, syncRunId: string): Promise<string> {
  return eventually(
    `the end of run ${syncRunId}`,
    async () => {
      const { rows } = await db.pool
        .query<{ status: string; finished: boolean }>(
          'SELECT status, finished_at IS NOT NULL AS finished FROM sync_run WHERE id = $1',
          [syncRunId],
        )
        .catch((error: unknown) => {
          if (isUnavailable(error)) return { rows: [] }
          throw error
        })
      return rows[0]?.finished ? rows[0].status : null
    },
    runDeadlineMs,
  )
}

async function startSync(owner: ReturnType<typeof callerOf>, input: { connectionId: string; mode: string }) {
  const started = await owner.mutate('startSync', input, '{ syncRun { id } alreadyRunning }')
  assert.equal(started.__typename, 'StartSyncPayload', JSON.stringify(started))
  return started as { syncRun: { id: string }; alreadyRunning: string[] } // as selected above
}

/** A Node id is "Type:id" in base64. */
const idWithin = (nodeId: string) => Buffer.from(nodeId, 'base64').toString().split(':').at(-1) ?? ''
