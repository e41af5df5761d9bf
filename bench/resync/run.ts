import { setTimeout as pause } from 'node:timers/promises'
import { partitionOf } from '../../src/store/record-partition.ts'
import { cpuMs } from '../process-figures.ts'
import { setStage } from '../stage.ts'

/**
 * What a full re-sync costs that finds nothing changed, against the initial sync before it: time and bytes of write-ahead log. Between them lie what the
 * worker does by itself behind a bulk load, told on a line of its own, and a checkpoint. Usage: node --import tsx bench/resync/run.ts [records] [re-syncs]
 */
const records = Number(process.argv[2] ?? 200_000)
const repeats = Number(process.argv[3] ?? 3)
// nobody but the product is to vacuum and analyze
const { worker, db, operations, owner, connect, succeeded, stop } = await setStage(records, 10, ['autovacuum=off'])

const pollMs = 20
const longestWaitMs = 120_000

interface Cost {
  ms: number
  walBytes: number
  workerCpuMs: number
}

try {
  let connectionId = ''
  const initial = await measured(async () => {
    const created = await connect('re-sync', ['PURCHASE_ORDER'], { pageSize: 5_000 })
    connectionId = created.connectionId
    return created.syncRunId
  })
  console.log(`${records} purchase orders; initial: ${told(initial)}`)
  const settling = await settled(connectionId)
  console.log(
    `settled behind it: ${(settling.ms / 1_000).toFixed(1)} s, ${megabytes(settling.walBytes)}; ${share(settling, initial)} of the initial's log`,
  )
  for (let i = 0; i < repeats; i++) {
    const again = await measured(async () => {
      const started = await operations.startSync(owner, {
        connectionId,
        mode: 'FULL_RESYNC',
        entities: ['PURCHASE_ORDER'],
      })
      return started.syncRunId
    })
    console.log(
      `re-sync: ${told(again)}; ${(again.ms / initial.ms).toFixed(2)} of the initial's time, ${share(again, initial)} of its log`,
    )
  }
} finally {
  await stop()
}

async function measured(start: () => Promise<string>): Promise<Cost> {
  // a checkpoint of PostgreSQL makes the next change of each page cost a whole page of log
  await db.pool.query('CHECKPOINT')
  const before = { wal: await walPosition(), cpu: cpuMs(worker.pid) }
  const run = await succeeded(await start())
  return {
    ms: (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime(),
    walBytes: (await walPosition()) - before.wal,
    workerCpuMs: cpuMs(worker.pid) - before.cpu,
  }
}

/** Waits until the catalog knows of the connection's partition that its rows are committed, and what they are like. */
async function settled(connectionId: string): Promise<Pick<Cost, 'ms' | 'walBytes'>> {
  const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  const partition = await partitionOf(db.pool, key)
  const before = { at: performance.now(), wal: await walPosition() }
  for (;;) {
    const { rows } = await db.pool.query<{ analyzed: boolean }>(
      'SELECT last_vacuum IS NOT NULL AND last_analyze IS NOT NULL AS analyzed FROM pg_stat_user_tables WHERE relid = $1::regclass',
      [partition],
    )
    const ms = performance.now() - before.at
    if (rows[0]?.analyzed) return { ms, walBytes: (await walPosition()) - before.wal }
    if (ms > longestWaitMs) throw new Error('the worker has not vacuumed and analyzed what it has loaded')
    await pause(pollMs)
  }
}

async function walPosition(): Promise<number> {
  const { rows } = await db.pool.query<{ bytes: string }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes`)
  return Number(rows[0]?.bytes)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB of log`
}

function share(part: Pick<Cost, 'walBytes'>, whole: Cost): string {
  return `${((100 * part.walBytes) / whole.walBytes).toFixed(2)} %`
}

function told({ ms, walBytes, workerCpuMs }: Cost): string {
  const perRow = (workerCpuMs * 1_000) / records
  return `${(ms / 1_000).toFixed(1)} s, ${megabytes(walBytes)}, ${perRow.toFixed(0)} µs of worker CPU a row`
}
